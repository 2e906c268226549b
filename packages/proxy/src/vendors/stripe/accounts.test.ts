import { describe, expect, test } from "vitest";
import { accountsIn } from "./accounts.ts";
import { decodeForm } from "./form.ts";

function found(form: string) {
  const decoded = decodeForm(form);
  if (!decoded.ok) throw new Error(decoded.message);
  return accountsIn(decoded.params).map(({ param, account }) => `${param}=${account}`);
}

describe("accounts in parameters", () => {
  test.each([
    ["amount=100&currency=usd&customer=cus_1", []],
    ["transfer_data[destination]=acct_1", ["transfer_data[destination]=acct_1"]],
    ["on_behalf_of=acct_1&destination=acct_2", ["on_behalf_of=acct_1", "destination=acct_2"]],
    ["destination[account]=acct_1&destination[amount]=5", ["destination[account]=acct_1"]],
    ["source=acct_1", ["source=acct_1"]],
    ["items[0][plan]=p&items[1][account]=acct_1", ["items[1][account]=acct_1"]],
    ["destination=%20acct_1%20", ["destination=acct_1"]],
    ["destination=ACCT_1", ["destination=ACCT_1"]],
    ["destination=%E2%80%8Bacct_1", ["destination=\u200bacct_1"]],
    ["destination=%1Bacct_1", ["destination=\u001bacct_1"]],
    ["description=acct_1&metadata[account]=acct_1", []],
    ["payment_intent_data[metadata][to]=acct_1&payment_intent_data[description]=acct_1", []],
    ["client_reference_id=acct_1&transfer_group=acct_1_june", []],
    ["destination=ba_1", []],
    ["return_url=https://shop.example/acct_1", []],
  ])("%s", (form, expected) => {
    expect(found(form)).toEqual(expected);
  });
});
