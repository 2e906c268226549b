import { internalError, StripeError } from "./errors.ts";

/** What is sent: JSON text, and the headers that belong to this answer alone. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** HTTP 200 with an object. */
export function objectAnswer(object: object): Answer {
  return { status: 200, body: JSON.stringify(object), headers: {} };
}

/** Stripe's error shape; anything that is not a refusal is a bug of the emulator, and a 500 that says so. */
export function errorAnswer(error: unknown): Answer {
  const known =
    error instanceof StripeError ? error : internalError(`bug in the keybrake emulator: ${String(error)}`);
  return { status: known.status, body: JSON.stringify({ error: known.body }), headers: known.headers };
}
