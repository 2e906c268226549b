import { expect, test } from "vitest";
import { isLedgerError, LEDGER_ERROR_CODES, LedgerError } from "./errors.ts";

test("the codes are public: a change here is a change of the interface", () => {
  expect(LEDGER_ERROR_CODES).toMatchInlineSnapshot(`
    [
      "argument_invalid",
      "assertion_failed",
      "call_already_settled",
      "call_exists",
      "call_in_flight",
      "call_not_found",
      "clock_ahead",
      "clock_behind",
      "cursor_invalid",
      "schema_too_new",
      "settlement_invalid",
      "store_closed",
      "store_corrupt",
      "store_foreign",
      "store_in_use",
      "store_unavailable",
      "vault_key_exists",
      "vault_key_not_found",
    ]
  `);
});

test("an error of another copy of this package is recognised, others are not", () => {
  const error = new LedgerError("store_in_use", "taken", { cause: "the cause" });
  expect(isLedgerError(error)).toBe(true);
  expect(error).toMatchObject({ name: "LedgerError", code: "store_in_use", cause: "the cause" });
  const ofAnotherCopy = Object.assign(new Error("taken"), { [Symbol.for("keybrake.ledger.error")]: true });
  expect(isLedgerError(ofAnotherCopy)).toBe(true);
  for (const other of [new Error("taken"), { code: "store_in_use" }, null, undefined, "store_in_use"]) {
    expect(isLedgerError(other)).toBe(false);
  }
});
