import { setTimeout as pass } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { interceptedUpstream } from "./intercepted-upstream.ts";
import { type CallAnswer, type Stack, startStack } from "./stack.ts";

/** Who asks while an equal act is in flight is judged as if they had come when its answer had reached somebody. */
describe("acts that are asked for at once", () => {
  const wire = interceptedUpstream();
  let stack: Stack;
  let key: string;
  let id: string;
  beforeAll(async () => {
    stack = await startStack({ upstream: wire.upstream });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
    wire.intercept = (_request, on) => on();
    ({ vault_key: key, id } = await stack.issue({ allowed_operations: ["*"], daily_usd_cap: 100 }));
  });

  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    stack.call(key, "POST", `/v1/${path}`, { form, headers });
  const order = (which: string, headers: Record<string, string> = {}) =>
    post(
      "charges",
      { amount: "1000", currency: "usd", source: "tok_visa", "metadata[order_id]": which },
      headers,
    );
  const slowly = (milliseconds: number) => {
    wire.intercept = async (request, on) => {
      const answer = await on();
      if (request.method === "POST") await pass(milliseconds);
      return answer;
    };
  };

  /** Before: the others were told that their order was the first one's charge. */
  test.each(["no key", "a UUID each", "one UUID"])(
    "three orders over one amount, with %s: one is charged, the others are told of it",
    async (keys) => {
      const one = crypto.randomUUID();
      const headers = (): Record<string, string> =>
        keys === "no key" ? {} : { "idempotency-key": keys === "one UUID" ? one : crypto.randomUUID() };
      const all = await Promise.all(["A", "B", "C"].map((which) => order(which, headers())));
      const [charged, ...others] = all.toSorted((a, b) => a.status - b.status);
      expect(charged?.status).toBe(200);
      for (const other of others) {
        expect(other.body.error?.code, JSON.stringify(other.body)).toBe("possible_repeat");
        expect(other.body.error.keybrake.object_id).toBe(charged?.body.id);
      }
      expect((await stack.control.summary()).charges.created).toBe(1);
    },
  );

  test("an order that came while the first one was at Stripe", async () => {
    slowly(400);
    const first = order("A");
    await pass(150);
    const second = await order("B");
    expect(second.body.error?.code, JSON.stringify(second.body)).toBe("possible_repeat");
    expect((await first).body.metadata.order_id).toBe("A");
  });

  test("twenty times: no second one slips between the answer and its delivery", async () => {
    for (let round = 0; round < 20; round++) {
      ({ vault_key: key } = await stack.issue({
        allowed_operations: ["charges.create"],
        daily_usd_cap: 100,
      }));
      const answers = await Promise.all([order("A"), order("B")]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    }
  });

  test("a caller who has gone holds nobody up, and who waited gets the answer, in whatever words", async () => {
    slowly(400);
    const controller = new AbortController();
    const form = { amount: "1000", currency: "usd", source: "tok_visa" };
    const first = stack.call(key, "POST", "/v1/charges", { form, signal: controller.signal });
    await pass(150);
    const waiting = order("B");
    controller.abort();
    await expect(first).rejects.toThrow();
    const began = performance.now();
    const answer = await waiting;
    expect({ status: answer.status, replayed: answer.headers.get("idempotent-replayed") }).toEqual({
      status: 200,
      replayed: "true",
    });
    expect(performance.now() - began).toBeLessThan(3000);
  });

  /** Before: five attempts, and five intents that could be paid, each counted. */
  describe("with a card that declines", () => {
    const declined = {
      ...{ amount: "1000", currency: "usd", confirm: "true", payment_method: "pm_card_chargeCustomerFail" },
      "automatic_payment_methods[enabled]": "true",
      "automatic_payment_methods[allow_redirects]": "never",
    };
    const intentOf = ({ body }: CallAnswer): string => body.error.payment_intent.id;

    test("five equal intents are one attempt, and everybody gets its decline and a row", async () => {
      slowly(300);
      const all = await Promise.all(Array.from({ length: 5 }, () => post("payment_intents", declined)));
      expect(all.map(({ status }) => status)).toEqual([402, 402, 402, 402, 402]);
      expect(new Set(all.map(intentOf)).size).toBe(1);
      expect(all.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(4);
      expect((await stack.control.summary()).payment_intents.created).toBe(1);
      const rows = await stack.auditRows(`&vault_key_id=${id}`);
      expect(rows.map(({ decision }) => decision).toSorted()).toEqual([
        "allowed",
        ...Array(4).fill("replayed"),
      ]);
      expect(new Set(rows.map(({ code, status }) => `${code} ${status}`))).toEqual(
        new Set(["card_declined 402"]),
      );
      // It is the answer of those who waited; who comes after it makes another attempt.
      expect(intentOf(await post("payment_intents", declined))).not.toBe(intentOf(all[0] as CallAnswer));
    });

    test("who waited in other words, with another card, makes an attempt of their own", async () => {
      slowly(300);
      const { id: customer } = (await post("customers", {})).body;
      const charge = (payment_method: string) =>
        post("payment_intents", { ...declined, customer, payment_method });
      const first = charge("pm_card_chargeCustomerFail");
      await pass(100);
      const second = await charge("pm_card_visa");
      expect((await first).status).toBe(402);
      expect(second.body.status, JSON.stringify(second.body)).toBe("succeeded");
    });
  });
});
