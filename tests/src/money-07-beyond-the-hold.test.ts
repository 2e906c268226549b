import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { interceptedUpstream, LOST } from "./intercepted-upstream.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

/**
 * Once, a larger amount in an answer was posted although another call had counted it ($99 moved, $197 spent), and what
 * moved beyond its hold was posted without a word.
 */
describe("what one object comes to is counted once, and what was not held alarms", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  let key: IssuedKey;
  let acts = 0;
  const upstream = interceptedUpstream();
  const { intercept: passAll } = upstream;
  beforeAll(async () => {
    stack = await startStack({ upstream: upstream.upstream });
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    upstream.intercept = passAll;
    key = await stack.issue({ allowed_operations: ["paymentIntents.*"], daily_usd_cap: 200 });
  });

  const usage = async () => {
    const { spent, held } = (await stack.admin(`/vault-keys/${key.id}`)).body;
    return { spent, held };
  };
  const post = (path: string, form: Record<string, string | number>) => {
    acts += 1;
    const headers = { "idempotency-key": `beyond-${acts}` };
    return stack.call(key.vault_key, "POST", `/v1/payment_intents${path}`, { form, headers });
  };
  const make = async (amount: number): Promise<string> =>
    (await post("", { amount, currency: "usd" })).body.id;
  const overHoldUsd = async () =>
    Number(
      /^keybrake_over_hold_usd_total (.*)$/m.exec(await (await fetch(`${stack.url}/metrics`)).text())?.[1],
    );
  const lose = () => {
    upstream.intercept = async (sent, pass) => {
      if (sent.method !== "POST") return pass();
      upstream.intercept = passAll;
      await pass();
      return LOST;
    };
  };
  const paid = { payment_method: "pm_card_visa" };

  test("a raise of which nobody heard, and the payment that shows it", async () => {
    const intent = await make(100);
    lose();
    expect((await post(`/${intent}`, { amount: 9900 })).status).toBe(504);
    expect(await usage()).toEqual({ spent: 1, held: 98 });
    expect((await post(`/${intent}/confirm`, paid)).body).toMatchObject({
      status: "succeeded",
      amount: 9900,
    });
    expect(await usage()).toEqual({ spent: 99, held: 0 });
    expect(await overHoldUsd()).toBe(0);
  });

  test("what somebody raised past the proxy is posted, flagged, and alarms", async () => {
    const intent = await make(1000);
    upstream.intercept = async (sent, pass) => {
      if (sent.method === "POST") await stripe.make(`payment_intents/${intent}`, { amount: 8000 });
      return pass();
    };
    expect((await post(`/${intent}/confirm`, paid)).body).toMatchObject({ amount: 8000 });
    expect(await usage()).toEqual({ spent: 80, held: 0 });
    const [row] = await stack.auditRows(`&vault_key_id=${key.id}`);
    expect(row).toMatchObject({ state: "posted", object_id: intent, over_hold_micros: 70_000_000 });
    expect(await overHoldUsd()).toBe(70);
    const alarm = stack.logLines
      .map((line) => JSON.parse(line))
      .find(({ msg }) => msg === "more moved than was held");
    expect(alarm).toMatchObject({ call_id: row?.call_id, over_hold_micros: 70_000_000, level: 50 });
  });

  test("what the reconciler finds to be more than was held alarms as well", async () => {
    const before = await overHoldUsd();
    const intent = await make(1000);
    lose();
    expect((await post(`/${intent}/confirm`, paid)).status).toBe(504);
    upstream.intercept = async (sent, pass) => {
      const result = await pass();
      const isIntent = sent.path.endsWith(intent) && result.kind === "answer";
      if (!isIntent) return result;
      return { ...result, body: JSON.stringify({ ...JSON.parse(result.body), amount: 1500 }) };
    };
    expect((await stack.admin("/reconcile", { method: "POST", body: {} })).status).toBe(200);
    const [row] = await stack.auditRows(`&vault_key_id=${key.id}`);
    expect(row).toMatchObject({ settled_by: "reconciler", over_hold_micros: 5_000_000 });
    expect(await overHoldUsd()).toBe(before + 5);
  });
});
