import { createToolset, type Outcome } from "@keybrake/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

/**
 * Before: charging June by `charges.create` and again by `paymentIntents.create` made two objects, unless one process
 * did both in one run: another run, another process and code of one's own had no way to know.
 */
describe("one act that two operations can say is carried out once", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const BOTH = ["charges.create", "paymentIntents.create"] as const;
  const PATHS = { "charges.create": "/v1/charges", "paymentIntents.create": "/v1/payment_intents" } as const;
  type Way = keyof typeof PATHS;
  const JUNE = {
    ...{ amount: "2900", currency: "usd", customer: "cus_demo_alice" },
    "metadata[billing_period]": "2026-06",
  };
  const issue = (policy: Record<string, unknown> = {}) =>
    stack.issue({ allowed_operations: [...BOTH, "paymentIntents.cancel"], daily_usd_cap: 500, ...policy });
  const send = (key: string, way: Way, form: Record<string, string> = JUNE, headers = {}) =>
    stack.call(key, "POST", PATHS[way], { form, headers });
  /** A customer whose card declines, made at Stripe. */
  async function declined(): Promise<string> {
    const answer = await fetch(`${stack.emulator.url}/v1/customers`, {
      method: "POST",
      headers: { authorization: `Bearer ${UPSTREAM_KEY}` },
      body: new URLSearchParams({ source: "tok_chargeCustomerFail" }),
    });
    return ((await answer.json()) as { id: string }).id;
  }
  const created = async () => {
    const { charges, payment_intents } = await stack.control.summary();
    return { charges: charges.created, intents: payment_intents.created };
  };
  const ONE_CHARGE = { charges: 1, intents: 0 };

  describe("at the proxy, by the act", () => {
    test.each([
      ["charges.create", "paymentIntents.create"],
      ["paymentIntents.create", "charges.create"],
    ] as const)("%s, then %s: named, and not done again", async (first, second) => {
      const { vault_key } = await issue();
      const made = await send(vault_key, first);
      expect(made.status).toBe(200);
      const again = await send(vault_key, second, { ...JUNE, description: "June" });
      expect(again.status).toBe(409);
      expect(again.headers.get("stripe-should-retry")).toBe("false");
      const { id, object, status } = made.body;
      expect(again.body.error).toMatchObject({
        type: "idempotency_error",
        code: "possible_repeat",
        message: expect.stringMatching(
          new RegExp(`^The same act, as ${first}, was carried out \\d+ s ago and made ${id}\\. Nothing`),
        ),
        keybrake: {
          operation: first,
          object_id: id,
          // What the caller named itself, and how the object stood; no client_secret.
          object: { id, object, status, amount: 2900, currency: "usd" },
        },
      });
      expect(again.body.error.keybrake.object).not.toHaveProperty("client_secret");
      expect(JSON.stringify(again.body)).not.toContain("_secret_");
      const { charges, intents } = await created();
      expect(charges + intents).toBe(1);
      const [row] = await stack.auditRows("&decision=denied");
      expect(row).toMatchObject({ code: "possible_repeat", operation: second, state: "none", status: 409 });
    });

    test("an SDK's fresh keys, X-Agent-Act, other references and amounts without a name stay what they are", async () => {
      const { vault_key } = await issue();
      await send(vault_key, "charges.create", JUNE, { "idempotency-key": crypto.randomUUID() });
      const fresh = { "idempotency-key": `stripe-node-retry-${crypto.randomUUID()}` };
      expect((await send(vault_key, "paymentIntents.create", JUNE, fresh)).status).toBe(409);
      const meant = { "x-agent-act": "a second one" };
      expect((await send(vault_key, "paymentIntents.create", JUNE, meant)).status).toBe(200);
      const july = { ...JUNE, "metadata[billing_period]": "2026-07" };
      expect((await send(vault_key, "paymentIntents.create", july)).status).toBe(200);
      const { "metadata[billing_period]": _named, ...unnamed } = JUNE;
      expect((await send(vault_key, "charges.create", unnamed)).status).toBe(200);
      expect((await send(vault_key, "paymentIntents.create", unnamed)).status).toBe(200);
    });

    test("ten at once by both operations: one object, and nine that are told of it", async () => {
      const { vault_key } = await issue();
      const ways = Array.from({ length: 10 }, (_, index) => BOTH[index % 2] ?? BOTH[0]);
      const answers = await Promise.all(ways.map((way) => send(vault_key, way)));
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(5);
      expect(statuses.filter((status) => status === 409)).toHaveLength(5);
      const { charges, intents } = await created();
      expect(charges + intents).toBe(1);
    });

    test("what was declined may be tried the other way", async () => {
      const { vault_key } = await issue();
      const june = { ...JUNE, customer: await declined() };
      expect((await send(vault_key, "charges.create", june)).status).toBe(402);
      expect((await send(vault_key, "paymentIntents.create", june)).status).toBe(200);
      expect((await send(vault_key, "charges.create", june)).status).toBe(409);
    });

    test("a lost answer: the other way is not sent, and the same way is answered", async () => {
      const { vault_key } = await issue();
      await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
      expect((await send(vault_key, "charges.create")).status).toBe(504);
      const other = await send(vault_key, "paymentIntents.create");
      expect(other.status).toBe(400);
      expect(other.body.error).toMatchObject({
        code: "outcome_unresolved",
        message: expect.stringContaining("was sent as charges.create"),
        keybrake: { operation: "charges.create" },
      });
      const again = await send(vault_key, "charges.create");
      expect(again.status).toBe(200);
      expect((await send(vault_key, "paymentIntents.create")).body.error.keybrake.object_id).toBe(
        again.body.id,
      );
      expect(await created()).toEqual(ONE_CHARGE);
    });

    test("another vault key's acts are its own, and a window ends", async () => {
      const [one, two] = [await issue({ act_window: "1h" }), await issue()];
      expect((await send(one.vault_key, "charges.create")).status).toBe(200);
      expect((await send(two.vault_key, "paymentIntents.create")).status).toBe(200);
      stack.advance(3_601_000);
      expect((await send(one.vault_key, "paymentIntents.create")).status).toBe(200);
    });
  });

  describe("with the tools", () => {
    let input = {};
    let tests = 0;
    beforeEach(() => {
      // What is claimed under a key of the tools' stays claimed for all vault keys.
      const reference = `order-${tests++}`;
      input = { customer_id: "cus_demo_alice", amount_cents: 2900, billing_period: "2026-06", reference };
    });
    type Tool = "create_charge" | "create_payment_intent";
    const pay = async (
      vaultKey: string,
      tool: Tool,
      options: { runId?: string; idempotency?: "run" | "business" } = {},
    ): Promise<Outcome> => {
      const given = { vaultKey, proxyUrl: stack.url, idempotency: "business", ...options } as const;
      const [bound] = createToolset("billing", { ...given, only: [tool] }).tools;
      if (bound === undefined) throw new Error("no tool");
      return bound.execute({ ...input, description: `by ${tool}` });
    };

    test.each([
      ["create_charge", "create_payment_intent", "charges.create"],
      ["create_payment_intent", "create_charge", "paymentIntents.create"],
    ] as const)("%s in one run, %s in another with a key of its own", async (first, second, operation) => {
      const made = await pay((await issue()).vault_key, first);
      const again = await pay((await issue()).vault_key, second);
      if (!made.ok) throw new Error(made.message);
      const { id, status } = made;
      expect(again).toMatchObject({
        ...{ ok: true, operation, id, status, amount_cents: 2900, currency: "usd", replayed: true },
        message: expect.stringContaining(`had been carried out as ${operation}`),
      });
      const { charges, intents } = await created();
      expect(charges + intents).toBe(1);
    });

    test("a resumed run in another process", async () => {
      const { vault_key } = await issue();
      const run = { runId: crypto.randomUUID(), idempotency: "run" } as const;
      const made = await pay(vault_key, "create_charge", run);
      const again = await pay(vault_key, "create_payment_intent", run);
      expect(again).toMatchObject({ ok: true, replayed: true, id: made.ok ? made.id : null });
      expect(await created()).toEqual(ONE_CHARGE);
      const another = await pay(vault_key, "create_payment_intent", { ...run, runId: crypto.randomUUID() });
      expect(another).toMatchObject({ ok: true, replayed: false, operation: "paymentIntents.create" });
    });

    test("a lost answer: the other tool is told to use the first one, and that one charges once", async () => {
      const { vault_key } = await issue();
      await stack.control.addFault({ operation: "charges.create", kind: "drop_after" });
      expect(await pay(vault_key, "create_charge")).toMatchObject({ ok: false, code: "outcome_unknown" });
      expect(await pay(vault_key, "create_payment_intent")).toMatchObject({
        ...{ ok: false, final: false, code: "outcome_unknown" },
        message: expect.stringContaining("was sent as charges.create"),
      });
      await stack.control.clearFaults();
      expect(await pay(vault_key, "create_charge")).toMatchObject({ ok: true });
      expect(await created()).toEqual(ONE_CHARGE);
    });

    test("a decline under one key does not close the other way", async () => {
      const { vault_key } = await issue();
      input = { ...input, customer_id: await declined() };
      expect(await pay(vault_key, "create_charge")).toMatchObject({ ok: false, code: "card_declined" });
      expect(await pay(vault_key, "create_payment_intent")).toMatchObject({ ok: true, replayed: false });
    });

    test("a key that may hold nothing is told of nobody's act", async () => {
      await pay((await issue()).vault_key, "create_charge");
      const outcome = await pay((await issue({ daily_usd_cap: 28 })).vault_key, "create_payment_intent");
      expect(outcome).toMatchObject({ ok: false, code: "spend_cap_exceeded" });
      expect(JSON.stringify(outcome)).not.toContain("ch_");
    });
  });

  test("a key that somebody made, and the tools did not, is what it says", async () => {
    const { vault_key } = await issue();
    const digest = "0123456789abcdef0123456789abcdef";
    const named = (name: string) => ({ "idempotency-key": name });
    await send(vault_key, "charges.create", JUNE, named("order:charges.create:june"));
    const other = named("order:paymentIntents.create:june");
    expect((await send(vault_key, "paymentIntents.create", JUNE, other)).status).toBe(200);
    await send(vault_key, "charges.create", JUNE, named(`a:charges.create:${digest}`));
    const another = named(`b:paymentIntents.create:${digest}`);
    expect((await send(vault_key, "paymentIntents.create", JUNE, another)).status).toBe(200);
    const same = await send(
      vault_key,
      "paymentIntents.create",
      JUNE,
      named(`a:paymentIntents.create:${digest}`),
    );
    expect(same.status).toBe(409);
    expect(same.body.error.message).toContain("an Idempotency-Key of its own");
    // Under the very same key it is what it is at Stripe.
    const mistaken = await send(vault_key, "paymentIntents.create", JUNE, named("order:charges.create:june"));
    expect(mistaken.body.error.code).toBe("idempotency_error");
  });
});
