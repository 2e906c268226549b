import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

/**
 * Before: a refund of $1 that also gave back the application fee or the transfer was priced as $1, whatever those
 * moved beside it.
 */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(() => stack.control.reset());

test.each(["refund_application_fee", "reverse_transfer"])(
  "a refund with %s goes nowhere; said to be false, it is a plain refund",
  async (extra) => {
    const billing = await stack.issue({ role: "billing", daily_usd_cap: 500 });
    const made = await stack.call(billing.vault_key, "POST", "/v1/charges", {
      form: { amount: "10000", currency: "usd", source: "tok_visa" },
    });
    const refunding = await stack.issue({ role: "refund", daily_usd_cap: 50 });
    const refund = (form: Record<string, string>) =>
      stack.call(refunding.vault_key, "POST", "/v1/refunds", {
        form: { charge: made.body.id, amount: "100", ...form },
      });
    expect(await refund({ [extra]: "true" })).toMatchObject({
      status: 403,
      body: { error: { code: "amount_unknown", param: extra } },
    });
    expect(await refund({ [extra]: "" })).toMatchObject({ status: 403 });
    const seen = (await stack.control.requests()).data.filter(
      ({ operation }) => operation === "refunds.create",
    );
    expect(seen).toEqual([]);
    expect((await refund({ [extra]: "false" })).body).toMatchObject({ object: "refund", amount: 100 });
    expect((await stack.admin(`/vault-keys/${refunding.id}`)).body).toMatchObject({ spent: 1 });
  },
);
