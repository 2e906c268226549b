import { clientInstruction, REFUSALS, type RefusalCode } from "@keybrake/core";
import { describe, expect, test } from "vitest";
import { refusalAnswer } from "./refusal-answer.ts";

/** The codes, statuses and types on the wire: other programs are written against them. */
const PINNED: Readonly<Record<RefusalCode, readonly [status: number, type: string]>> = {
  too_many_invalid_keys: [429, "rate_limit_error"],
  refusals_limited: [429, "rate_limit_error"],
  overloaded: [503, "api_error"],
  request_invalid: [400, "invalid_request_error"],
  body_too_large: [413, "invalid_request_error"],
  body_late: [408, "invalid_request_error"],
  invalid_vault_key: [401, "invalid_request_error"],
  vault_key_revoked: [401, "invalid_request_error"],
  vault_key_expired: [401, "invalid_request_error"],
  vault_key_paused: [401, "invalid_request_error"],
  operation_not_allowed: [403, "invalid_request_error"],
  binding_not_met: [403, "invalid_request_error"],
  account_not_allowed: [403, "invalid_request_error"],
  metadata_reserved: [400, "invalid_request_error"],
  card_data_not_allowed: [403, "invalid_request_error"],
  customer_not_allowed: [403, "invalid_request_error"],
  amount_over_limit: [403, "invalid_request_error"],
  currency_not_allowed: [403, "invalid_request_error"],
  amount_unknown: [403, "invalid_request_error"],
  idempotency_key_required: [400, "invalid_request_error"],
  object_in_use: [409, "invalid_request_error"],
  idempotency_error: [400, "idempotency_error"],
  possible_repeat: [409, "idempotency_error"],
  outcome_unresolved: [400, "invalid_request_error"],
  idempotency_key_in_use: [409, "invalid_request_error"],
  call_limit_exceeded: [429, "rate_limit_error"],
  rate_limited: [429, "rate_limit_error"],
  spend_cap_exceeded: [429, "rate_limit_error"],
  approval_denied: [403, "invalid_request_error"],
  approval_required: [403, "invalid_request_error"],
  upstream_unreachable: [502, "api_error"],
  outcome_unknown: [504, "api_error"],
  store_unavailable: [503, "api_error"],
};

const CODES = Object.keys(REFUSALS) as RefusalCode[];

describe("refusals on the wire", () => {
  test("every code is pinned, and no other exists", () => {
    expect(CODES.toSorted()).toEqual(Object.keys(PINNED).sort());
  });

  test.each(CODES)("%s", (code) => {
    const [status, type] = PINNED[code];
    const answer = refusalAnswer({ code, reason: "It is so." }, { callId: "call_1", retry: false });
    expect(answer.status).toBe(status);
    expect(answer.headers["stripe-should-retry"]).toBe("false");
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        type,
        code,
        message: `It is so. ${clientInstruction(code)}`,
        keybrake: { call_id: "call_1", reason: "It is so." },
      },
    });
  });
});
