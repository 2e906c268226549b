import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

/** A team starts with `enforcement: "observe"`: nothing that works today stops, and the rows say what would have. */
describe("a key that only observes", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const issue = (policy: Record<string, unknown> = {}) =>
    stack.issue({ role: "billing", daily_usd_cap: 10, enforcement: "observe", ...policy });
  const CHARGE = { amount: "500", currency: "usd", source: "tok_visa" };
  let number = 0;
  const charge = (key: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    stack.call(key, "POST", "/v1/charges", {
      form: { ...CHARGE, ...form },
      headers: { "idempotency-key": `observe-${number++}`, ...headers },
    });
  const newest = async () => (await stack.admin("/audit?limit=1")).body.data[0];

  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ["operation_not_allowed", { role: undefined, allowed_operations: ["refunds.create"] }, {}],
    ["customer_not_allowed", { customers: ["cus_demo_bob"] }, { customer: "cus_demo_alice", source: "" }],
    ["currency_not_allowed", { currencies: ["eur"] }, {}],
    ["amount_over_limit", { max_usd_per_call: 1 }, {}],
    ["spend_cap_exceeded", { daily_usd_cap: 1 }, {}],
    ["spend_cap_exceeded", { daily_usd_cap: 0 }, {}],
  ])("%s is noted in the row, and the charge is made", async (code, policy, form) => {
    const { vault_key } = await issue(policy);
    const sent = Object.fromEntries(
      Object.entries({ ...CHARGE, ...form }).filter(([, value]) => value !== ""),
    );
    const answer = await stack.call(vault_key, "POST", "/v1/charges", {
      form: sent,
      headers: { "idempotency-key": `observe-${number++}` },
    });
    expect(answer.status).toBe(200);
    expect(await newest()).toMatchObject({
      ...{ decision: "allowed", code: null, would_code: code, state: "posted", moved_usd: 5 },
      object_id: answer.body.id,
    });
    const enforced = await stack.issue({ role: "billing", daily_usd_cap: 10, ...policy });
    const refused = await stack.call(enforced.vault_key, "POST", "/v1/charges", {
      form: sent,
      headers: { "idempotency-key": `observe-${number++}` },
    });
    expect(refused.body.error.code).toBe(code);
    expect(await newest()).toMatchObject({ decision: "denied", code, would_code: null });
  });

  test.each([
    ["call_limit_exceeded", { max_calls: 1 }],
    ["rate_limited", { rate_per_minute: 1 }],
  ])("%s is noted from the second call on", async (code, policy) => {
    const { vault_key } = await issue(policy);
    for (const would_code of [null, code, code]) {
      expect((await charge(vault_key, { amount: "50" })).status).toBe(200);
      expect(await newest()).toMatchObject({ decision: "allowed", would_code });
    }
  });

  test("no person is asked", async () => {
    const { vault_key } = await issue({ approval: { above_usd: 0, ask_at: 1 } });
    expect((await charge(vault_key)).status).toBe(200);
    expect((await stack.admin("/approvals")).body.data).toEqual([]);
  });

  test("of several, the first in order of precedence is noted; of none, none", async () => {
    const { vault_key } = await issue({ currencies: ["eur"], max_usd_per_call: 1, daily_usd_cap: 1 });
    expect((await charge(vault_key)).status).toBe(200);
    expect((await newest()).would_code).toBe("currency_not_allowed");
    const within = await issue();
    expect((await charge(within.vault_key)).status).toBe(200);
    expect((await newest()).would_code).toBeNull();
  });

  test("reads are noted, too", async () => {
    const { vault_key } = await issue({ role: undefined, allowed_operations: ["charges.create"] });
    expect((await stack.call(vault_key, "GET", "/v1/balance")).status).toBe(200);
    expect(await newest()).toMatchObject({ would_code: "operation_not_allowed", state: "none" });
  });

  test("money beyond the cap is held and counted, and the books agree", async () => {
    const { id, vault_key } = await issue({ daily_usd_cap: 8 });
    for (let call = 0; call < 4; call++) expect((await charge(vault_key)).status).toBe(200);
    const { body } = await stack.admin(`/vault-keys/${id}`);
    expect(body).toMatchObject({ spent: 20, held: 0, remaining: 0 });
    expect((await stack.ledger.verify(Date.now())).problems).toEqual([]);
    expect((await stack.control.summary()).currencies.usd?.charged).toBe(2000);
  });

  test("an act is still done once, a lost answer is still safe to ask for", async () => {
    const { vault_key } = await issue({ daily_usd_cap: 1 });
    await stack.control.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
    const headers = { "idempotency-key": "observe-once" };
    expect((await charge(vault_key, {}, headers)).status).toBe(504);
    expect((await charge(vault_key, {}, headers)).status).toBe(200);
    const again = await Promise.all(Array.from({ length: 10 }, () => charge(vault_key, {}, headers)));
    expect(again.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect((await stack.control.summary()).charges.created).toBe(1);
    expect((await charge(vault_key, { amount: "501" }, headers)).body.error.code).toBe("idempotency_error");
  });

  test("what must hold whatever a policy says holds", async () => {
    const { id, vault_key } = await issue();
    const codeOf = async (answer: Promise<{ body: { error: { code: string } } }>) =>
      (await answer).body.error.code;
    // No path, card or account that the policy does not name, and nothing whose cost nobody knows.
    expect(await codeOf(stack.call(vault_key, "GET", "/v1/nothing/of/stripe"))).toBe("operation_not_allowed");
    expect(await codeOf(charge(vault_key, {}, { "stripe-account": "acct_1DemoSeller" }))).toBe(
      "account_not_allowed",
    );
    expect(await codeOf(charge(vault_key, { currency: "sek" }))).toBe("amount_unknown");
    expect(await codeOf(charge(vault_key, { "metadata[keybrake_key]": "x" }))).toBe("metadata_reserved");
    expect(await codeOf(charge("sk_test_raw"))).toBe("invalid_vault_key");
    await stack.admin(`/vault-keys/${id}/revoke`, { method: "POST" });
    expect(await codeOf(charge(vault_key))).toBe("vault_key_revoked");
    expect((await stack.control.summary()).charges.created).toBe(0);
  });

  test("a key that simulates has nothing to fear: its limits hold", async () => {
    const { vault_key } = await issue({ simulate: true, daily_usd_cap: 1 });
    expect((await charge(vault_key)).status).toBe(429);
    expect(await newest()).toMatchObject({ decision: "denied", would_code: null });
  });

  test("another key of a shared budget meets the budget as it is", async () => {
    await stack.admin("/budgets", { method: "POST", body: { name: "observed", daily_usd_cap: 8 } });
    const loose = await issue({ daily_usd_cap: undefined, budget: "observed" });
    const strict = await stack.issue({ role: "billing", budget: "observed" });
    for (let call = 0; call < 2; call++) expect((await charge(loose.vault_key)).status).toBe(200);
    expect((await charge(strict.vault_key)).status).toBe(429);
    expect((await stack.ledger.verify(Date.now())).problems).toEqual([]);
  });
});
