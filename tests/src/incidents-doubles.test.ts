/*
 * Doubles that happened in public and that no other test plays as they happened; docs/incidents.md has the incidents,
 * and the tests of all the others.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

const HOUR_MS = 3_600_000;

describe("doubles that happened", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
  });

  const losesItsAnswer = (operation: string) =>
    stack.control.addFault({ operation, kind: "drop_after", times: 1 });
  const created = async (object: "charges" | "payment_intents" | "refunds") =>
    (await stack.control.summary())[object].created;

  test("a chosen key that has each try's own token in it, and another card with each: one payment", async () => {
    const { vault_key } = await stack.issue({ role: "billing", daily_usd_cap: 100, dedupe: "act" });
    const pay = (token: string, payment_method: string, description: string) =>
      stack.call(vault_key, "POST", "/v1/payment_intents", {
        form: { amount: 2900, currency: "usd", customer: "cus_demo_alice", payment_method, description },
        headers: { "idempotency-key": `challenge-7_${token}` },
      });
    await losesItsAnswer("paymentIntents.create");
    expect((await pay("spt_one", "pm_card_visa", "order 7")).status).toBe(504);
    const second = await pay("spt_two", "pm_card_mastercard", "order 7");
    expect(second).toMatchObject({ status: 200, body: { object: "payment_intent", amount: 2900 } });
    const third = await pay("spt_three", "pm_card_amex", "order seven");
    expect(third.body.error).toMatchObject({ code: "possible_repeat" });
    expect(third.body.error.message).toContain(second.body.id);
    expect(await created("payment_intents")).toBe(1);
  });

  test("a model that is told to make each key unique makes a new one for each try: one payment", async () => {
    const { vault_key } = await stack.issue();
    const pay = () =>
      stack.call(vault_key, "POST", "/v1/charges", {
        form: { amount: 2900, currency: "usd", customer: "cus_demo_alice", idempotency_key: randomUUID() },
      });
    await losesItsAnswer("charges.create");
    expect((await pay()).status).toBe(504);
    const [second, third] = [await pay(), await pay()];
    expect([second.status, third.status]).toEqual([200, 200]);
    expect(third.body.id).toBe(second.body.id);
    expect(await created("charges")).toBe(1);
  });

  test("a refund whose answer was lost is not given up by its age, and asked for again it is the first", async () => {
    const buyer = await stack.issue();
    const bought = await stack.call(buyer.vault_key, "POST", "/v1/charges", {
      form: { amount: 5000, currency: "usd", customer: "cus_demo_alice" },
    });
    const key = await stack.issue({ role: "refund", daily_usd_cap: 100, expires_in_seconds: 7 * 86_400 });
    const refund = () =>
      stack.call(key.vault_key, "POST", "/v1/refunds", { form: { charge: bought.body.id, amount: 2000 } });
    const usage = async () => (await stack.admin(`/vault-keys/${key.id}`)).body;
    const reconcile = async () => {
      const { body } = await stack.admin("/reconcile", { method: "POST", body: {} });
      return body.data.find(({ operation }: { operation: string }) => operation === "refunds.create")
        ?.outcome;
    };
    await losesItsAnswer("refunds.create");
    expect((await refund()).status).toBe(504);

    stack.advance(20 * HOUR_MS);
    await stack.control.advance(20 * HOUR_MS);
    await stack.control.addFault({ operation: "refunds.list", kind: "unavailable" });
    expect(await reconcile()).toBe("waiting");
    expect(await usage()).toMatchObject({ spent: 0, held: 20 });

    await stack.control.clearFaults();
    expect(await reconcile()).toBe("posted");
    expect(await usage()).toMatchObject({ spent: 20, held: 0 });
    const again = await refund();
    expect(again).toMatchObject({ status: 200, body: { object: "refund", amount: 2000 } });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await created("refunds")).toBe(1);
  });

  test("one decision on two cards, in words of their own, and a yes to both: one payment", async () => {
    const key = await stack.issue({ role: "billing", daily_usd_cap: 1000, approval: { above_usd: 100 } });
    const charge = (description: string) =>
      stack.call(key.vault_key, "POST", "/v1/charges", {
        form: { amount: 50_000, currency: "usd", customer: "cus_demo_alice", description },
      });
    const asked = [await charge("The order of June, as agreed"), await charge("Order of June")];
    const ids = asked.map(({ body }) => body.error.keybrake.approval_id);
    for (const id of ids) await stack.admin(`/approvals/${id}/approve`, { method: "POST", body: {} });
    const done = [await charge("The order of June, as agreed"), await charge("Order of June")];
    expect(done.map(({ status, body }) => [status, body.error?.code])).toEqual([
      [200, undefined],
      [409, "possible_repeat"],
    ]);
    expect(await created("charges")).toBe(1);
  });
});
