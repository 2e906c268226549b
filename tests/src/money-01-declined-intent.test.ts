import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

/**
 * Once, a declined payment intent gave its hold back, although it lives on: the decline names its client_secret, with
 * which anybody can pay it. Twenty declines of $100 under a cap of $100 counted nothing, and $2,000 could be paid.
 */
describe("a declined payment intent that can still be paid", () => {
  let stack: Stack;
  let key: IssuedKey;
  let acts = 0;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    key = await stack.issue({ allowed_operations: ["paymentIntents.*"], daily_usd_cap: 100 });
  });

  const usage = async () => {
    const { spent, held } = (await stack.admin(`/vault-keys/${key.id}`)).body;
    return { spent, held };
  };
  const post = (path: string, form: Record<string, string | number>) => {
    acts += 1;
    const headers = { "idempotency-key": `declined-intent-${acts}` };
    return stack.call(key.vault_key, "POST", `/v1/payment_intents${path}`, { form, headers });
  };
  const declined = { payment_method: "pm_card_chargeDeclined" };
  const make = (amount: number, how: Record<string, string | number> = { ...declined, confirm: "true" }) =>
    post("", { amount, currency: "usd", ...how });

  test("counts like one that was made and not confirmed: twenty of $100 stop at the cap of $100", async () => {
    const answers = [];
    for (let act = 0; act < 20; act++) answers.push(await make(10_000));
    expect(answers[0]).toMatchObject({ status: 402, body: { error: { code: "card_declined" } } });
    expect(new Set(answers.slice(1).map(({ body }) => body.error.code))).toEqual(
      new Set(["spend_cap_exceeded"]),
    );
    const payable = (await stack.control.books()).open.map(({ amount_minor }) => amount_minor ?? 0);
    expect(payable.reduce((sum, amount) => sum + amount, 0)).toBeLessThanOrEqual(10_000);
    expect(await usage()).toEqual({ spent: 100, held: 0 });
  });

  test("the row says that it was declined, what counts, and for which object", async () => {
    const { body } = await make(7000);
    const [row] = await stack.auditRows(`&vault_key_id=${key.id}`);
    expect(row).toMatchObject({
      state: "posted",
      status: 402,
      code: "card_declined",
      object_id: body.error.payment_intent.id,
      amount_minor: 7000,
      usd_micros: 70_000_000,
    });
  });

  test("declined again and again it counts once, and paid at last it counts once", async () => {
    const intent = (await make(6000)).body.error.payment_intent;
    for (let again = 0; again < 3; again++) {
      expect((await post(`/${intent.id}/confirm`, declined)).status).toBe(402);
      expect(await usage()).toEqual({ spent: 60, held: 0 });
    }
    const paid = await post(`/${intent.id}/confirm`, { payment_method: "pm_card_visa" });
    expect(paid.body.status).toBe("succeeded");
    expect(await usage()).toEqual({ spent: 60, held: 0 });
  });

  test("made, then declined: counted when it was made, and not again", async () => {
    const intent = (await make(6000, {})).body;
    expect((await post(`/${intent.id}/confirm`, declined)).status).toBe(402);
    expect(await usage()).toEqual({ spent: 60, held: 0 });
  });

  test("by act, another try is another intent, and both count", async () => {
    key = await stack.issue({
      allowed_operations: ["paymentIntents.*"],
      daily_usd_cap: 100,
      dedupe: "act",
    });
    expect((await make(5000)).status).toBe(402);
    expect((await make(5000, { payment_method: "pm_card_visa", confirm: "true" })).status).toBe(200);
    expect(await usage()).toEqual({ spent: 100, held: 0 });
  });

  test("a lost decline that is learnt by sending it again counts once", async () => {
    await stack.control.addFault({ operation: "paymentIntents.create", kind: "drop_after", times: 1 });
    const headers = { "idempotency-key": "declined-intent-lost" };
    const form = { amount: 4000, currency: "usd", ...declined, confirm: "true" };
    const send = () => stack.call(key.vault_key, "POST", "/v1/payment_intents", { form, headers });
    expect((await send()).status).toBe(504);
    expect(await usage()).toEqual({ spent: 0, held: 40 });
    expect((await send()).status).toBe(402);
    expect(await usage()).toEqual({ spent: 40, held: 0 });
    expect((await stack.control.books()).open).toHaveLength(1);
  });

  test("one that is dead counts nothing, and neither does a refusal without one", async () => {
    const intent = (await make(6000)).body.error.payment_intent;
    await post(`/${intent.id}/cancel`, {});
    const spent = (await usage()).spent;
    expect((await post(`/${intent.id}/confirm`, declined)).status).toBe(400);
    expect((await make(1)).status).toBe(400);
    expect(await usage()).toEqual({ spent, held: 0 });
  });
});
