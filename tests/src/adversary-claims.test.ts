import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answered, interceptedUpstream, LOST } from "./intercepted-upstream.ts";
import { charge, type Stack, startStack } from "./stack.ts";

/** One act at most once, whoever repeats it, with whatever headers. */
describe("claims under attack", () => {
  const wire = interceptedUpstream();
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ upstream: wire.upstream });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    wire.intercept = (_request, pass) => pass();
    wire.sent.length = 0;
  });

  const usage = async (id: string) => (await stack.admin(`/vault-keys/${id}`)).body;
  const posts = () => wire.sent.filter((request) => request.method === "POST");

  test("an allowed Stripe-Account does not carry another account in Stripe-Context past the policy", async () => {
    const key = await stack.issue({ role: "billing", daily_usd_cap: 100, stripe_accounts: ["acct_mine"] });
    const smuggled = { "stripe-account": "acct_mine", "stripe-context": "acct_theirs" };
    const answer = await charge(stack, key.vault_key, {}, smuggled);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(posts()).toEqual([]);
    const same = { "stripe-account": "acct_mine", "stripe-context": "acct_mine" };
    expect((await charge(stack, key.vault_key, {}, same)).body.error?.code).toBe("account_not_allowed");
  });

  test("by act, one charge on each of two accounts is two acts, and no repeat crosses accounts", async () => {
    const key = await stack.issue({
      role: "billing",
      daily_usd_cap: 100,
      dedupe: "act",
      stripe_accounts: ["acct_one", "acct_two"],
    });
    wire.intercept = async () => LOST;
    const first = await charge(stack, key.vault_key, {}, { "stripe-account": "acct_one" });
    expect(first.body.error.code).toBe("outcome_unknown");
    wire.intercept = async (request) =>
      answered(200, {
        id: `ch_${request.headers["stripe-account"]}`,
        object: "charge",
        amount: 100,
        currency: "usd",
      });
    const second = await charge(stack, key.vault_key, {}, { "stripe-account": "acct_two" });
    expect(second.body.id).toBe("ch_acct_two");
    const [one, two] = posts();
    expect(one?.headers["idempotency-key"]).not.toBe(two?.headers["idempotency-key"]);
    // The first is still unknown, and only its own account may be asked again.
    expect(await usage(key.id)).toMatchObject({ spent: 1, held: 1 });
    const again = await charge(stack, key.vault_key, {}, { "stripe-account": "acct_one" });
    expect(again.body.id).toBe("ch_acct_one");
    expect(posts().at(-1)?.headers["idempotency-key"]).toBe(one?.headers["idempotency-key"]);
  });

  test("a repeat with another Stripe-Version cannot void what may have moved", async () => {
    const key = await stack.issue();
    const same = { "idempotency-key": "version-trick" };
    wire.intercept = async (_request, pass) => {
      await pass();
      return LOST;
    };
    await charge(stack, key.vault_key, { amount: 9000 }, { ...same, "stripe-version": "2026-10-28.endive" });
    expect((await stack.control.summary()).charges.created).toBe(1);
    // Stripe refuses an unknown version before it looks at the Idempotency-Key.
    wire.intercept = (request, pass) =>
      request.headers["stripe-version"] === "nonsense"
        ? Promise.resolve(
            answered(400, {
              error: { type: "invalid_request_error", message: "Invalid Stripe API version" },
            }),
          )
        : pass();
    await charge(stack, key.vault_key, { amount: 9000 }, { ...same, "stripe-version": "nonsense" });
    const { spent, held } = await usage(key.id);
    expect(spent + held).toBe(90);
    expect((await charge(stack, key.vault_key, { amount: 9000 })).body.error.code).toBe("spend_cap_exceeded");
  });

  test("a simulated act never makes a real one cheaper", async () => {
    const operations = ["paymentIntents.*"];
    const real = await stack.issue({ allowed_operations: operations, daily_usd_cap: 100 });
    const simulated = await stack.issue({
      allowed_operations: operations,
      daily_usd_cap: 100,
      simulate: true,
    });
    wire.intercept = async (request) =>
      answered(200, {
        id: "pi_real",
        object: "payment_intent",
        amount: 5000,
        amount_received: request.method === "POST" ? 5000 : 0,
        amount_capturable: 5000,
        currency: "usd",
        status: "succeeded",
      });
    const path = "/v1/payment_intents/pi_real";
    const form = { amount: 5000, currency: "usd" };
    const pretend = await stack.call(simulated.vault_key, "POST", path, {
      form,
      headers: { "idempotency-key": "sim-1" },
    });
    expect(pretend.status).toBe(200);
    const confirmed = await stack.call(real.vault_key, "POST", `${path}/confirm`, {
      form: {},
      headers: { "idempotency-key": "real-1" },
    });
    expect(confirmed.status).toBe(200);
    expect((await usage(real.id)).spent).toBe(50);
  });

  test("an update that only rewords is carried out, not taken for the one before", async () => {
    const key = await stack.issue({ allowed_operations: ["customers.*"], dedupe: "act", daily_usd_cap: 1 });
    const headers = () => ({ "idempotency-key": `u-${Math.random()}` });
    const made = await stack.call(key.vault_key, "POST", "/v1/customers", {
      form: { email: "a@b.c" },
      headers: headers(),
    });
    const path = `/v1/customers/${made.body.id}`;
    for (const description of ["first", "second", "first"]) {
      const form = { description, "metadata[plan]": description };
      const updated = await stack.call(key.vault_key, "POST", path, { form, headers: headers() });
      expect(updated.body).toMatchObject({ description, metadata: { plan: description } });
    }
  });
});
