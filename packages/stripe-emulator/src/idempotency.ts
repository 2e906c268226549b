import type { Answer } from "./answer.ts";
import { invalidRequest, StripeError } from "./errors.ts";
import { IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENCY_KEY_TTL_MS, IDEMPOTENCY_KEYS_KEPT } from "./limits.ts";

/** What is remembered of a key. */
interface Entry {
  readonly path: string;
  /** The first request's parameters in canonical form. */
  readonly parameters: string;
  readonly at: number;
  readonly requestId: string;
  /** Null while the first request executes. */
  answer: Answer | null;
}

/** One request under a key. */
export interface KeyUse {
  /** Keys of the test mode and the live mode do not meet. */
  readonly mode: "test" | "live";
  /** Nor do those of two accounts. */
  readonly accountId: string;
  readonly key: string;
  readonly path: string;
  readonly parameters: string;
  readonly at: number;
  readonly requestId: string;
}

/** Refuses a key that Stripe would; returns undefined when there is none. */
export function checkIdempotencyKey(key: string | undefined): string | undefined {
  if (key === undefined || key === "") return undefined;
  if (key.length <= IDEMPOTENCY_KEY_LENGTH_MAX) return key;
  throw invalidRequest(
    `Idempotency keys can be at most ${IDEMPOTENCY_KEY_LENGTH_MAX} characters long; the one given has ${key.length}.`,
  );
}

function idempotencyError(message: string): StripeError {
  return new StripeError(400, { type: "idempotency_error", message });
}

/**
 * Stripe's rules for `Idempotency-Key` on POST (docs.stripe.com/api/idempotent_requests): the first answer is
 * kept from the moment the endpoint executes, whatever it is, and answered again for 24 h.
 */
export class IdempotencyKeys {
  readonly #entries = new Map<string, Entry>();

  /** An answer to repeat, or null when the request may execute. Throws the 400 or 409 of a misused key. */
  find(use: KeyUse): { readonly answer: Answer; readonly originalRequestId: string } | null {
    const entry = this.#entries.get(this.#name(use));
    if (entry === undefined || use.at - entry.at >= IDEMPOTENCY_KEY_TTL_MS) return null;
    if (entry.path !== use.path) {
      throw idempotencyError(
        `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${use.path}' vs '${entry.path}'). Try using a key other than '${use.key}' if you meant to execute a different request.`,
      );
    }
    if (entry.answer === null) {
      throw new StripeError(
        409,
        {
          type: "idempotency_error",
          code: "idempotency_key_in_use",
          message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${use.key}. Please try again later.`,
        },
        { "stripe-should-retry": "true" },
      );
    }
    if (entry.parameters !== use.parameters) {
      throw idempotencyError(
        `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${use.key}' if you meant to execute a different request.`,
      );
    }
    return { answer: entry.answer, originalRequestId: entry.requestId };
  }

  /** Takes the key: from here on the request executes. */
  begin(use: KeyUse): void {
    const name = this.#name(use);
    // Deleted first, so that a key used anew after its time counts as young.
    this.#entries.delete(name);
    this.#entries.set(name, {
      path: use.path,
      parameters: use.parameters,
      at: use.at,
      requestId: use.requestId,
      answer: null,
    });
    this.#forget();
  }

  /** Keeps the first answer. */
  finish(use: KeyUse, answer: Answer): void {
    const entry = this.#entries.get(this.#name(use));
    if (entry !== undefined) entry.answer = answer;
  }

  #name(use: KeyUse): string {
    return `${use.mode}:${use.accountId}:${use.key}`;
  }

  #forget(): void {
    if (this.#entries.size <= IDEMPOTENCY_KEYS_KEPT) return;
    for (const [name, entry] of this.#entries) {
      if (entry.answer === null) continue;
      this.#entries.delete(name);
      return;
    }
  }
}
