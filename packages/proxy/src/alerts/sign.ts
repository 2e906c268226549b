import { Webhook } from "standardwebhooks";

/** Of 24 to 64 that the specification allows (standardwebhooks.com): as many as the digest has. */
const SECRET_BYTES = 32;

export function makeWebhookSecret(random: (length: number) => Uint8Array): string {
  return `whsec_${Buffer.from(random(SECRET_BYTES)).toString("base64")}`;
}

/**
 * The headers of the Standard Webhooks specification: HMAC-SHA256 over id, time and body. The id is the same at every
 * try, so that a receiver who was told twice knows it; the time is the try's, so that an old one cannot be sent again.
 */
export function signedHeaders(
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
  secret: string,
): Readonly<Record<string, string>> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, new Date(at), body),
  };
}
