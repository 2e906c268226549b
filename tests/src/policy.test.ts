import { clientInstruction } from "@keybrake/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

/** What a policy lets through, each refusal with its code, its row, and nothing at Stripe. */
describe("a vault key's policy", () => {
  let stack: Stack;
  let customer: string;
  beforeAll(async () => {
    stack = await startStack({ rates: { eur: "1.0850", jpy: "0.0067" } });
    const key = await stack.issue({ allowed_operations: ["customers.create"] });
    const form = { email: "a@example.com", source: "tok_visa" };
    const made = await stack.call(key.vault_key, "POST", "/v1/customers", {
      form,
      headers: { "idempotency-key": "c" },
    });
    customer = made.body.id;
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  async function expectRefused(
    policy: Record<string, unknown>,
    request: {
      method?: string;
      path?: string;
      form?: Record<string, string | number>;
      headers?: Record<string, string>;
    },
    status: number,
    code: string,
  ) {
    const key = await stack.issue(policy);
    const before = (await stack.control.requests()).data.filter((entry) => entry.method === "POST").length;
    const { method = "POST", path = "/v1/charges", form, headers = {} } = request;
    const answer = await stack.call(key.vault_key, method, path, {
      ...(form === undefined ? {} : { form }),
      headers: { "idempotency-key": `k-${Math.random()}`, ...headers },
    });
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({ status, code });
    expect(answer.headers.get("stripe-should-retry")).toBe("false");
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    expect(rows).toEqual([
      expect.objectContaining({
        call_id: answer.body.error.keybrake.call_id,
        decision: "denied",
        code,
        status,
        state: "none",
      }),
    ]);
    const after = (await stack.control.requests()).data.filter((entry) => entry.method === "POST").length;
    expect(after).toBe(before);
    return { answer, row: rows[0] };
  }

  const billing = { role: "billing", daily_usd_cap: 100 };
  const form = { amount: 1000, currency: "usd", source: "tok_visa" };

  test("an operation that is not allowed", async () => {
    await expectRefused(
      billing,
      { path: "/v1/refunds", form: { charge: "ch_x" } },
      403,
      "operation_not_allowed",
    );
    await expectRefused(billing, { method: "GET", path: "/v1/balance" }, 403, "operation_not_allowed");
    await expectRefused(
      billing,
      { path: "/v1/charges/ch_x/refunds", form: {} },
      403,
      "operation_not_allowed",
    );
  });

  test("an amount over the per-call limit, and its row says how much", async () => {
    const policy = { ...billing, max_usd_per_call: 9.99 };
    const { row } = await expectRefused(policy, { form }, 403, "amount_over_limit");
    expect(row).toMatchObject({ amount_minor: 1000, currency: "usd", usd_cents: 1000 });
  });

  test("a currency that is not allowed, and one without a rate", async () => {
    await expectRefused(
      { ...billing, currencies: ["usd"] },
      { form: { ...form, currency: "eur" } },
      403,
      "currency_not_allowed",
    );
    await expectRefused(billing, { form: { ...form, currency: "gbp" } }, 403, "amount_unknown");
  });

  test("a currency that is not allowed, though nobody can say how much of it", async () => {
    const policy = { ...billing, currencies: ["usd"] };
    const unjudged = { ...form, currency: "eur", not_looked_at: "1" };
    await expectRefused(policy, { form: unjudged }, 403, "currency_not_allowed");
    await expectRefused(policy, { form: { ...unjudged, currency: "usd" } }, 403, "amount_unknown");
    // A figure that is assumed says nothing of the currency.
    const assumed = {
      allowed_operations: ["coupons.create"],
      daily_usd_cap: 100,
      currencies: ["usd"],
      assume_usd: { "coupons.create": 20 },
    };
    const coupon = { amount_off: 500, duration: "once", currency: "eur" };
    await expectRefused(assumed, { path: "/v1/coupons", form: coupon }, 403, "currency_not_allowed");
  });

  test("a customer that is not allowed, or none at all", async () => {
    const policy = { ...billing, customers: [customer] };
    await expectRefused(policy, { form: { ...form, customer: "cus_other" } }, 403, "customer_not_allowed");
    await expectRefused(policy, { form }, 403, "customer_not_allowed");
    await expectRefused(policy, { method: "GET", path: "/v1/customers" }, 403, "customer_not_allowed");
    await expectRefused(
      policy,
      { method: "GET", path: "/v1/customers/cus_other" },
      403,
      "customer_not_allowed",
    );
    const key = await stack.issue(policy);
    const allowed = await charge(stack, key.vault_key, { customer, source: "" });
    expect(allowed.status, JSON.stringify(allowed.body)).not.toBe(403);
    expect((await stack.call(key.vault_key, "GET", `/v1/customers/${customer}`)).status).toBe(200);
  });

  test("money for an account that the policy does not name", async () => {
    for (const param of ["transfer_data[destination]", "on_behalf_of", "destination"]) {
      await expectRefused(billing, { form: { ...form, [param]: "acct_1" } }, 403, "account_not_allowed");
    }
    const key = await stack.issue({ ...billing, stripe_accounts: ["acct_1"] });
    const sent = (account: string) => charge(stack, key.vault_key, { "transfer_data[destination]": account });
    // The stand-in has no such connected account, and says so: it was asked.
    expect((await sent("acct_1")).body.error).toMatchObject({ param: "transfer_data[destination]" });
    expect((await sent("acct_2")).body.error?.code).toBe("account_not_allowed");
    const bodies = (await stack.control.requests()).data.map(({ body }) => body);
    expect(bodies.filter((body) => body.includes("acct_"))).toEqual([
      expect.stringContaining("transfer_data[destination]=acct_1"),
    ]);
  });

  test("what an account may not be named in is said, and once what to do now", async () => {
    const key = await stack.issue(billing);
    const two = { "stripe-account": "acct_1", "stripe-context": "acct_2" };
    for (const options of [
      { form, headers: { "stripe-account": "acct_1" } },
      { form, headers: two },
      { form: { ...form, destination: "acct_1" } },
    ]) {
      const { body } = await stack.call(key.vault_key, "POST", "/v1/charges", options);
      expect(body.error.code).toBe("account_not_allowed");
      const { reason } = body.error.keybrake;
      expect(reason).not.toMatch(/\b(?:send|use|give|issue|leave|take|stop)\b/i);
      expect(body.error.message).toBe(`${reason} ${clientInstruction("account_not_allowed")}`);
    }
  });

  test("another Stripe account, reserved metadata, a query beside a body, a body beside a GET", async () => {
    await expectRefused(
      billing,
      { form, headers: { "stripe-account": "acct_1" } },
      403,
      "account_not_allowed",
    );
    await expectRefused(
      billing,
      { form, headers: { "stripe-context": "acct_1" } },
      403,
      "account_not_allowed",
    );
    await expectRefused(
      billing,
      { form: { ...form, "metadata[keybrake_run]": "x" } },
      400,
      "metadata_reserved",
    );
    await expectRefused(billing, { path: "/v1/charges?amount=1", form }, 400, "request_invalid");
  });

  test("amounts that two readers could read differently", async () => {
    for (const amount of ["1e3", "+5", " 5", "05", "1.0", "0x10", "-5", "0", "", "９"]) {
      await expectRefused(billing, { form: { ...form, amount } }, 400, "request_invalid");
    }
    const key = await stack.issue(billing);
    const twice = await fetch(`${stack.url}/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${key.vault_key}`, "idempotency-key": "twice" },
      body: new URLSearchParams("amount=1&amount=9900&currency=usd&source=tok_visa"),
    });
    expect(twice.status).toBe(400);
  });

  test("what cannot be priced", async () => {
    const policy = { allowed_operations: ["subscriptions.*", "checkout.*"], daily_usd_cap: 100 };
    await expectRefused(policy, { path: "/v1/subscriptions", form: { customer } }, 403, "amount_unknown");
  });

  test("a $0 cap is read-only", async () => {
    await expectRefused({ role: "billing", daily_usd_cap: 0 }, { form }, 429, "spend_cap_exceeded");
    const key = await stack.issue({ role: "billing", daily_usd_cap: 0 });
    expect((await stack.call(key.vault_key, "GET", "/v1/customers")).status).toBe(200);
  });

  test("by key, a write without an Idempotency-Key", async () => {
    const byKey = { ...billing, dedupe: "key" };
    await expectRefused(byKey, { form, headers: { "idempotency-key": "" } }, 400, "idempotency_key_required");
  });

  test("a run id without a key is the prefix of the key that Stripe sees, and the row's", async () => {
    const key = await stack.issue(billing);
    const run = { headers: { "x-agent-run-id": "run-1" }, form };
    const first = await stack.call(key.vault_key, "POST", "/v1/charges", run);
    const again = await stack.call(key.vault_key, "POST", "/v1/charges", run);
    expect(first.status).toBe(200);
    expect(again.body.id).toBe(first.body.id);
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    const [name, ...others] = new Set(rows.map((row) => row.idempotency_key));
    expect(others).toEqual([]);
    expect(name).toMatch(/^run-1:charges\.create:[0-9a-f]{32}$/);
    expect(rows.at(-1)?.upstream_idempotency_key).toMatch(new RegExp(`^${name}:call_`));
  });

  test("call budgets and rates", async () => {
    const few = await stack.issue({ ...billing, max_calls: 2 });
    const same = { "idempotency-key": "few" };
    expect((await charge(stack, few.vault_key, {}, same)).status).toBe(200);
    // A replay takes nothing from the call budget: a safe retry must stay safe.
    expect((await charge(stack, few.vault_key, {}, same)).status).toBe(200);
    expect((await charge(stack, few.vault_key)).status).toBe(200);
    const third = await charge(stack, few.vault_key);
    expect(third.body.error.code).toBe("call_limit_exceeded");
    const slow = await stack.issue({ ...billing, rate_per_minute: 3 });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => stack.call(slow.vault_key, "GET", "/v1/customers")),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(3);
    expect(answers.filter((answer) => answer.body.error?.code === "rate_limited")).toHaveLength(7);
  });

  test("other currencies are counted in US dollars, to the millionth", async () => {
    const key = await stack.issue(billing);
    const euros = await charge(stack, key.vault_key, { currency: "eur", amount: 101 });
    expect(euros.status).toBe(200);
    const yen = await charge(stack, key.vault_key, { currency: "JPY", amount: 1000 });
    expect(yen.status).toBe(200);
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    // 1.01 EUR × 1.0850 = 1.09585 USD; 1000 JPY × 0.0067 = 6.70 USD.
    expect(rows.map((row) => [row.currency, row.amount_minor, row.usd_micros, row.usd_cents])).toEqual([
      ["jpy", 1000, 6_700_000, 670],
      ["eur", 101, 1_095_850, 109.585],
    ]);
  });

  test("keys that are unknown, expired, raw Stripe keys, or missing", async () => {
    for (const bad of [`vk_test_${"A".repeat(43)}`, UPSTREAM_KEY, "sk_live_x", ""]) {
      const answer = await stack.call(bad, "GET", "/v1/customers");
      expect({ status: answer.status, code: answer.body.error.code }).toEqual({
        status: 401,
        code: "invalid_vault_key",
      });
    }
    const short = await stack.issue({ ...billing, expires_in_seconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const answer = await stack.call(short.vault_key, "GET", "/v1/customers");
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({
      status: 401,
      code: "vault_key_expired",
    });
  });

  test("JSON bodies, Basic authentication, and the /stripe path", async () => {
    const key = await stack.issue(billing);
    const basic = `Basic ${Buffer.from(`${key.vault_key}:`).toString("base64")}`;
    const json = await stack.call("", "POST", "/stripe/v1/charges", {
      json: {
        amount: 700,
        currency: "usd",
        source: "tok_visa",
        metadata: { reference: "json" },
        capture: true,
      },
      headers: { authorization: basic, "idempotency-key": "json" },
    });
    expect(json.body).toMatchObject({ amount: 700, metadata: { reference: "json" } });
    const doubled = await stack.call(key.vault_key, "GET", "/stripe//v1/customers?limit=1");
    expect(doubled.body.object).toBe("list");
  });
});
