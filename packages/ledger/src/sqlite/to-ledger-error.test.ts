import { expect, test } from "vitest";
import { toLedgerError } from "./to-ledger-error.ts";

test.each([
  ["a disk that is full", Object.assign(new Error(), { errcode: 13 }), "store_unavailable"],
  [
    "a check of the schema, with its extended code",
    Object.assign(new Error(), { errcode: 275 }),
    "assertion_failed",
  ],
  // These are one operation's own, so the others of its batch are tried again without it.
  ["a value that is too large", Object.assign(new Error(), { errcode: 18 }), "argument_invalid"],
  ["a value that cannot be bound", new TypeError("cannot be bound"), "assertion_failed"],
  ["anything else", new Error("?"), "store_unavailable"],
])("%s", (_, error, code) => {
  expect(toLedgerError(error)).toMatchObject({ code, cause: error });
});
