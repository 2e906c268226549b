import { expect, test } from "vitest";
import { CLIENT_FAILURES, closesRun, isFinalCode } from "./codes.ts";
import { REFUSALS } from "./refusals.ts";

test("every code of Keybrake: programs depend on these names and on whether they are final", () => {
  const codes = [...Object.keys(REFUSALS), ...Object.keys(CLIENT_FAILURES)];
  expect(
    codes.map((code) => `${code}${isFinalCode(code) ? " final" : ""}${closesRun(code) ? " stops" : ""}`),
  ).toEqual([
    "store_unavailable",
    "too_many_invalid_keys",
    "invalid_vault_key final stops",
    "vault_key_revoked final stops",
    "vault_key_expired final stops",
    "vault_key_paused final stops",
    "refusals_limited",
    "overloaded",
    "body_too_large final",
    "body_late",
    "operation_not_allowed final",
    "request_invalid final",
    "binding_not_met final stops",
    "account_not_allowed final",
    "metadata_reserved final",
    "card_data_not_allowed final",
    "customer_not_allowed final",
    "idempotency_key_required final",
    "object_in_use",
    "currency_not_allowed final",
    "amount_unknown final",
    "amount_over_limit final",
    "idempotency_error final",
    "possible_repeat final",
    "outcome_unresolved final",
    "idempotency_key_in_use",
    "call_limit_exceeded final stops",
    "rate_limited",
    "spend_cap_exceeded final stops",
    "approval_denied final",
    "approval_required",
    "upstream_unreachable",
    "outcome_unknown",
    "invalid_input",
    "run_stopped final",
    "max_writes_reached final",
    "aborted",
    "proxy_unreachable",
    "timed_out",
    "upstream_error",
    "over_refund final",
    "act_failed final",
    "not_keybrake final",
    "internal_error",
  ]);
});

test("Stripe's own codes are final and stop no run", () => {
  for (const code of [
    "card_declined",
    "resource_missing",
    "charge_already_refunded",
    "toString",
    "__proto__",
  ]) {
    expect(isFinalCode(code)).toBe(true);
    expect(closesRun(code)).toBe(false);
  }
});
