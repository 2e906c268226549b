import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

const HOUR_MS = 3_600_000;

/** What an unpaid payment intent counts: `unpaid_intents` of a key's policy. */
describe("unpaid intents", () => {
  let stack: Stack;
  let key: IssuedKey;
  let acts = 0;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const issue = async (unpaid: "window" | "hold", policy: Record<string, unknown> = {}) => {
    key = await stack.issue({
      ...{ allowed_operations: ["paymentIntents.*"], daily_usd_cap: 100, unpaid_intents: unpaid },
      ...{ expires_in_seconds: 30 * 86_400, ...policy },
    });
    return key;
  };
  const usage = async ({ id } = key) => {
    const { spent, held } = (await stack.admin(`/vault-keys/${id}`)).body;
    return { spent, held };
  };
  const post = (path: string, form: Record<string, string | number>, by = key, act = `unpaid-${++acts}`) => {
    const headers = { "idempotency-key": act };
    return stack.call(by.vault_key, "POST", `/v1/payment_intents${path}`, { form, headers });
  };
  const make = (form: Record<string, string | number> = {}) =>
    post("", { amount: 10_000, currency: "usd", ...form });
  /** What is said of the newest call that waits. */
  const reconcile = async () => {
    const answer = await stack.admin("/reconcile", { method: "POST", body: {} });
    expect(answer.status).toBe(200);
    return answer.body.data.at(-1);
  };
  const pass = async (milliseconds: number) => {
    stack.advance(milliseconds);
    await stack.control.advance(milliseconds);
  };
  const paid = { payment_method: "pm_card_visa" };
  const moved = async () => {
    const { moved: all } = await stack.control.books();
    return all.reduce(
      (sum, { kind, amount_minor }) => sum + (kind === "charge" ? (amount_minor ?? 0) : 0),
      0,
    );
  };

  test.each([
    ["window", 3],
    ["hold", 1],
  ] as const)(
    "%s: of $100 a day for three days, so many hundreds can be confirmed in one: %i",
    async (how, hundreds) => {
      await issue(how);
      const intents: string[] = [];
      for (let day = 0; day < 3; day++) {
        const { status, body } = await make();
        if (status === 200) intents.push(body.id);
        else expect(body.error.code).toBe("spend_cap_exceeded");
        await reconcile();
        await pass(25 * HOUR_MS);
      }
      for (const intent of intents) expect((await post(`/${intent}/confirm`, paid)).status).toBe(200);
      expect(await moved()).toBe(hundreds * 10_000);
    },
  );

  test("hold: paid, it is spent from the moment on at which it was found paid", async () => {
    await issue("hold");
    const act = "unpaid-once";
    const { body: intent } = await post("", { amount: 10_000, currency: "usd" }, key, act);
    expect(await usage()).toEqual({ spent: 0, held: 100 });
    await pass(30 * HOUR_MS);
    expect(await reconcile()).toMatchObject({ outcome: "waiting" });
    // What was held is what pays it.
    expect((await post(`/${intent.id}/confirm`, paid)).body.status).toBe("succeeded");
    expect(await usage()).toEqual({ spent: 0, held: 100 });
    expect(await reconcile()).toMatchObject({ outcome: "posted", usd: 100 });
    expect(await usage()).toEqual({ spent: 100, held: 0 });
    // The first answer is the answer to a repeat, as it is Stripe's.
    const repeat = await post("", { amount: 10_000, currency: "usd" }, key, act);
    expect(repeat.body).toEqual(intent);
    await pass(23 * HOUR_MS);
    expect((await make({ amount: 100 })).status).toBe(429);
    await pass(2 * HOUR_MS);
    expect((await make()).status).toBe(200);
  });

  test("hold: its payer pays without a call; cancelled, it gives its room back and stays made", async () => {
    await issue("hold");
    const { body: first } = await make({ amount: 4000 });
    const { body: second } = await post("", { amount: 6000, currency: "usd" }, key, "unpaid-cancelled");
    await stack.control.pay({ what: first.client_secret, payment_method: "pm_card_visa" });
    expect((await post(`/${second.id}/cancel`, {})).status).toBe(200);
    await reconcile();
    expect(await usage()).toEqual({ spent: 40, held: 0 });
    const repeat = await post("", { amount: 6000, currency: "usd" }, key, "unpaid-cancelled");
    expect(repeat.body).toEqual(second);
    expect((await make({ amount: 6000 })).status).toBe(200);
  });

  test("hold: raised, declined, authorised and captured it is held once and spent once", async () => {
    await issue("hold");
    const manual = { amount: 3000, capture_method: "manual", payment_method: "pm_card_visa_chargeDeclined" };
    const declined = await make({ ...manual, confirm: "true" });
    expect(declined.status).toBe(402);
    expect(await usage()).toEqual({ spent: 0, held: 30 });
    const { id } = declined.body.error.payment_intent;
    expect((await post(`/${id}`, { amount: 5000 })).status).toBe(200);
    expect(await usage()).toEqual({ spent: 0, held: 50 });
    expect((await post(`/${id}/confirm`, paid)).body.status).toBe("requires_capture");
    await reconcile();
    expect(await usage()).toEqual({ spent: 0, held: 50 });
    expect((await post(`/${id}/capture`, {})).body.status).toBe("succeeded");
    await reconcile();
    expect(await usage()).toEqual({ spent: 50, held: 0 });
    expect(await moved()).toBe(5000);
    expect((await stack.ledger.verify(0)).problems).toEqual([]);
  });

  test("hold: lowered before it was paid, it counts what was paid", async () => {
    await issue("hold");
    const { body } = await make();
    expect((await post(`/${body.id}`, { amount: 4000 })).status).toBe(200);
    expect(await usage()).toEqual({ spent: 0, held: 100 });
    await stack.control.pay({ what: body.client_secret, payment_method: "pm_card_visa" });
    await reconcile();
    expect(await usage()).toEqual({ spent: 40, held: 0 });
  });

  test("hold: one that was confirmed as it was made is spent at once", async () => {
    await issue("hold");
    expect((await make({ ...paid, confirm: "true" })).body.status).toBe("succeeded");
    expect(await usage()).toEqual({ spent: 100, held: 0 });
  });

  test("hold: a lost answer that another key learns stays held, as the first key's policy says", async () => {
    const holder = await issue("hold");
    await stack.control.addFault({ operation: "paymentIntents.create", kind: "drop_after", times: 1 });
    const form = { amount: 7000, currency: "usd" };
    expect((await post("", form, holder, "unpaid-lost")).status).toBe(504);
    const other = await issue("window");
    expect((await post("", form, other, "unpaid-lost")).status).toBe(200);
    expect([await usage(holder), await usage(other)]).toEqual([
      { spent: 0, held: 70 },
      { spent: 0, held: 0 },
    ]);
  });

  test("hold: a simulated intent has no payer, and counts as under window", async () => {
    await issue("hold", { simulate: true });
    expect((await make()).status).toBe(200);
    expect(await usage()).toEqual({ spent: 100, held: 0 });
  });
});
