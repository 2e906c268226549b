import { describe, expect, test } from "vitest";
import { verdictOf } from "../../call/verdict.ts";
import type { UpstreamResult } from "../../upstream/upstream.ts";
import type { VerdictContext } from "../vendor.ts";
import { stripe } from "./index.ts";

const FIRST = { write: true, resent: false, keepDecline: true };
const AGAIN = { ...FIRST, resent: true };
const READ = { ...FIRST, write: false };

const meaning = (result: UpstreamResult, context: VerdictContext) =>
  verdictOf(stripe, result, context, { callId: "call_1", claim: null, key: { policy: { dedupe: "auto" } } });

function answer(status: number, error?: { type?: string; code?: string }): UpstreamResult {
  const body =
    error === undefined
      ? { id: "ch_1", object: "charge" }
      : { error: { type: "invalid_request_error", message: "no", ...error } };
  return { kind: "answer", status, headers: { "request-id": "req_1" }, body: JSON.stringify(body) };
}

/** Only what is certain frees a hold; only what Stripe saves under the key says anything after a re-send. */
describe("what an upstream result means", () => {
  test.each([
    ["200", answer(200), "posted", "posted"],
    ["400 of validation", answer(400, { type: "invalid_request_error" }), "voided", "voided"],
    ["400 other parameters", answer(400, { type: "idempotency_error" }), "voided", "unknown"],
    ["401", answer(401, {}), "voided", "unknown"],
    ["402", answer(402, { type: "card_error", code: "card_declined" }), "voided", "voided"],
    ["403", answer(403, {}), "voided", "unknown"],
    ["404", answer(404, { code: "resource_missing" }), "voided", "voided"],
    ["409 in use", answer(409, { code: "idempotency_key_in_use" }), "unknown", "unknown"],
    ["424", answer(424, {}), "unknown", "unknown"],
    ["429", answer(429, { code: "rate_limit" }), "voided", "unknown"],
    ["302", answer(302), "unknown", "unknown"],
    ["500", answer(500, { type: "api_error" }), "unknown", "unknown"],
    ["503", answer(503, {}), "unknown", "unknown"],
    ["a lost answer", { kind: "unknown", reason: "ECONNRESET" } as const, "unknown", "unknown"],
    ["nothing sent", { kind: "not_sent", reason: "ECONNREFUSED" } as const, "voided", "unknown"],
  ] as const)("%s: %s at first, %s when sent again", (_name, result, first, again) => {
    expect(meaning(result, FIRST).state).toBe(first);
    expect(meaning(result, AGAIN).state).toBe(again);
    expect(meaning(result, READ).state).toBe("none");
  });

  test("a success and a decline answer later calls; a decline by act does not", () => {
    expect(meaning(answer(200), FIRST).stored).toMatchObject({ status: 200 });
    const declined = answer(402, { type: "card_error", code: "card_declined" });
    expect(meaning(declined, FIRST).stored).toMatchObject({ status: 402 });
    expect(meaning(declined, { ...FIRST, keepDecline: false }).stored).toBeNull();
    expect(meaning(answer(400, {}), FIRST).stored).toBeNull();
  });

  test("the credential's mask and account never leave with a 401 or 403", () => {
    const body = JSON.stringify({
      error: {
        type: "invalid_request_error",
        message: "The provided key 'rk_test_*****8Kgd' … on account 'acct_1' …",
      },
    });
    for (const status of [401, 403]) {
      const outcome = meaning({ kind: "answer", status, headers: { "request-id": "req_1" }, body }, FIRST);
      expect(outcome.answer.body).not.toMatch(/8Kgd|acct_1/);
      expect(JSON.parse(outcome.answer.body).error.message).toBeTruthy();
    }
  });

  test("an unknown outcome may be repeated by an SDK, and is told in words", () => {
    const outcome = meaning({ kind: "unknown", reason: "ECONNRESET" }, FIRST);
    expect(outcome.answer.status).toBe(504);
    expect(outcome.answer.headers["stripe-should-retry"]).toBe("true");
    expect(JSON.parse(outcome.answer.body).error.code).toBe("outcome_unknown");
  });
});
