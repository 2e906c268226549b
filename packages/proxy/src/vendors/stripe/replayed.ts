import type { StoredAnswer } from "@keybrake/ledger";
import type { Answer } from "../../refusal.ts";

/** A kept answer with Stripe's marks of a replay (docs.stripe.com/api/idempotent_requests). */
export function replayed({ status, headers, body }: StoredAnswer, callId: string): Answer {
  const original = headers["original-request"] ?? headers["request-id"];
  return {
    status,
    headers: {
      ...headers,
      "idempotent-replayed": "true",
      "request-id": callId,
      ...(original === undefined ? {} : { "original-request": original }),
    },
    body,
  };
}
