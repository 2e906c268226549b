import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { type Stack, startStack } from "./stack.ts";

/**
 * What nobody can price counts what the policy says, or is refused. Before, it was refused for good, and a key could
 * not be made for "all reads" or "what moves nothing" without naming every operation.
 */
describe("policies by class", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  let sent = 0;
  beforeAll(async () => {
    stack = await startStack();
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const post = (vaultKey: string, path: string, form: Record<string, string | number> = {}) => {
    sent += 1;
    const headers = { "idempotency-key": `assumed-${sent}` };
    return stack.call(vaultKey, "POST", `/v1/${path}`, { form, headers });
  };
  const ask = async (policy: Record<string, unknown>) => {
    const body = { name: "asked", vendor: "stripe", ...policy };
    return await stack.admin("/vault-keys", { method: "POST", body });
  };
  const HALF = { percent_off: 50, duration: "once" };

  test("an assumed figure is what a call counts, against cap and limit", async () => {
    const { id, vault_key } = await stack.issue({
      allowed_operations: ["coupons.create"],
      daily_usd_cap: 50,
      assume_usd: { "coupons.create": 20.5 },
    });
    expect((await post(vault_key, "coupons", HALF)).status).toBe(200);
    expect((await post(vault_key, "coupons", HALF)).status).toBe(200);
    expect((await post(vault_key, "coupons", HALF)).body.error?.code).toBe("spend_cap_exceeded");
    const { body } = await stack.admin(`/vault-keys/${id}`);
    expect(body).toMatchObject({ spent: 41, held: 0, policy: { assume_usd: { "coupons.create": 20.5 } } });
    // What has a figure counts that.
    const plain = { amount_off: 100, currency: "usd", duration: "once", max_redemptions: 2 };
    expect((await post(vault_key, "coupons", plain)).status).toBe(200);
    expect((await stack.admin(`/vault-keys/${id}`)).body.spent).toBe(43);
  });

  test("0 may be assumed, though not at a cap of 0; and the limit per call holds", async () => {
    const operations = { allowed_operations: ["coupons.create"] };
    const nothing = { ...operations, assume_usd: { "coupons.create": 0 } };
    const free = await stack.issue({ ...nothing, daily_usd_cap: 1 });
    expect((await post(free.vault_key, "coupons", HALF)).status).toBe(200);
    const readOnly = await stack.issue({ ...nothing, daily_usd_cap: 0 });
    expect((await post(readOnly.vault_key, "coupons", HALF)).body.error?.code).toBe("spend_cap_exceeded");
    const dear = {
      ...operations,
      assume_usd: { "coupons.create": 9 },
      daily_usd_cap: 10,
      max_usd_per_call: 5,
    };
    const limited = await stack.issue(dear);
    expect((await post(limited.vault_key, "coupons", HALF)).body.error?.code).toBe("amount_over_limit");
  });

  test("no figure is assumed for what has one, is free, or does not exist", async () => {
    for (const operation of [
      "charges.create",
      "products.create",
      "charges.list",
      "charges.steal",
      "coupons.*",
    ]) {
      const { status, body } = await ask({
        allowed_operations: ["charges.create"],
        daily_usd_cap: 1,
        assume_usd: { [operation]: 1 },
      });
      expect([status, body.error?.param], operation).toEqual([400, "assume_usd"]);
    }
  });

  test("reads: all of them, and no write", async () => {
    const { vault_key } = await stack.issue({ allowed_operations: ["reads"] });
    const { id } = await stripe.make("customers");
    expect((await stack.call(vault_key, "GET", `/v1/customers/${id}`)).status).toBe(200);
    expect((await stack.call(vault_key, "GET", "/v1/invoices")).status).toBe(200);
    expect((await post(vault_key, "products", { name: "x" })).body.error?.code).toBe("operation_not_allowed");
  });

  test("free: writes that are so by their class, with their free parameters", async () => {
    const { vault_key } = await stack.issue({ allowed_operations: ["reads", "free"] });
    const { id } = await stripe.make("customers");
    expect((await post(vault_key, "products", { name: "x" })).status).toBe(200);
    expect((await post(vault_key, `customers/${id}`, { description: "x" })).status).toBe(200);
    expect((await post(vault_key, `customers/${id}`, { balance: -500 })).body.error?.code).toBe(
      "amount_unknown",
    );
    const charge = { amount: 100, currency: "usd", source: "tok_visa" };
    expect((await post(vault_key, "charges", charge)).body.error?.code).toBe("operation_not_allowed");
  });

  test("*: everything that can be counted, alone in its list and with a cap", async () => {
    expect((await ask({ allowed_operations: ["*"] })).body.error?.code).toBe("budget_required");
    const mixed = await ask({ allowed_operations: ["*", "reads"], daily_usd_cap: 1 });
    expect(mixed.body.error?.param).toBe("allowed_operations");
    const { vault_key } = await stack.issue({ allowed_operations: ["*"], daily_usd_cap: 10 });
    const charge = { amount: 100, currency: "usd", source: "tok_visa" };
    expect((await post(vault_key, "charges", charge)).status).toBe(200);
    expect((await post(vault_key, "tokens", { "pii[id_number]": "1" })).body.error?.code).toBe(
      "amount_unknown",
    );
  });
});
