import { headerOf, type IncomingCall } from "./facts.ts";

/**
 * Of the client's headers only these go out, so that its credentials, cookies, hop-by-hop headers (RFC 9110
 * section 7.6.1), method overrides and telemetry stay behind. The account was checked against the policy.
 */
const PASSED_HEADERS = ["stripe-version", "stripe-account", "stripe-context", "accept"] as const;

/**
 * All of a forwarded request that its repeat must have in common with it. Stripe refuses an unknown version,
 * or the wrong account, before it looks at the Idempotency-Key: a repeat with other headers could be told
 * "400, nothing happened" about an act that took effect.
 */
export interface Content {
  readonly body: string | null;
  readonly contentType: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The client's headers that are forwarded. */
export function passedHeaders(call: IncomingCall): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = headerOf(call, name);
    if (value !== null) passed[name] = value;
  }
  return passed;
}

/** As the ledger keeps it with the claim. */
export function writeFirstRequest({ body, contentType, headers }: Content): string {
  return JSON.stringify({ body, contentType, headers });
}

/** What `writeFirstRequest` wrote. */
export function readFirstRequest(text: string): Content {
  return JSON.parse(text) as Content;
}
