import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { interceptedUpstream, LOST } from "./intercepted-upstream.ts";
import { charge, type Stack, startStack } from "./stack.ts";

/** Before: the number and the code of a card lay in clear in the store for as long as an outcome was open. */
describe("raw card data", () => {
  const upstream = interceptedUpstream();
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ upstream: upstream.upstream });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const CARD = {
    "source[object]": "card",
    "source[number]": "4242424242424242",
    "source[cvc]": "873",
    "source[exp_month]": 12,
    "source[exp_year]": 2034,
  };
  const raw = (vaultKey: string) => {
    const form = { amount: 100, currency: "usd", ...CARD };
    return stack.call(vaultKey, "POST", "/v1/charges", { form, headers: { "idempotency-key": "raw" } });
  };

  test("is refused, goes nowhere and is written down nowhere", async () => {
    const { id, vault_key } = await stack.issue();
    upstream.sent.length = 0;
    expect((await raw(vault_key)).body.error).toMatchObject({
      code: "card_data_not_allowed",
      param: "source[number]",
      message: expect.stringMatching(/token/),
    });
    expect(upstream.sent).toEqual([]);
    const rows = await stack.auditRows(`&vault_key_id=${id}`);
    expect(rows).toMatchObject([{ decision: "denied", code: "card_data_not_allowed" }]);
    expect(JSON.stringify([rows, stack.logLines])).not.toContain("4242424242424242");
    expect((await charge(stack, vault_key)).status).toBe(200);
  });

  test("passes where the policy says so, as a means of payment", async () => {
    const policy = { allowed_operations: ["paymentMethods.create"], daily_usd_cap: 1 };
    const form = {
      type: "card",
      "card[number]": "4242424242424242",
      "card[exp_month]": 12,
      "card[exp_year]": 2034,
    };
    const make = (vaultKey: string) =>
      stack.call(vaultKey, "POST", "/v1/payment_methods", {
        form,
        headers: { "idempotency-key": "raw-method" },
      });
    const strict = await stack.issue(policy);
    expect((await make(strict.vault_key)).body.error?.param).toBe("card[number]");
    const { vault_key } = await stack.issue({ ...policy, allow_raw_cards: true });
    upstream.sent.length = 0;
    upstream.intercept = async () => LOST;
    expect((await make(vault_key)).status).toBe(504);
    expect(upstream.sent[0]?.body).toContain("4242424242424242");
  });
});
