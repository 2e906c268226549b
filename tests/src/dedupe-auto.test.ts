import { setTimeout as pass } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { interceptedUpstream } from "./intercepted-upstream.ts";
import { type Stack, startStack } from "./stack.ts";

const JUNE = { amount: "2900", currency: "usd", source: "tok_visa" };

/** A key as it is provisioned by the articles, with nothing said of `dedupe`, and their code as it is printed. */
describe("a key with the default policy", () => {
  const wire = interceptedUpstream();
  let ahead = 0;
  let stack: Stack;
  let key: string;
  beforeAll(async () => {
    stack = await startStack({ upstream: wire.upstream, environment: { clock: () => Date.now() + ahead } });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    wire.intercept = (_request, on) => on();
    wire.sent.length = 0;
    key = (await stack.issue()).vault_key;
  });

  const bill = (form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    stack.call(key, "POST", "/v1/charges", { form: { ...JUNE, ...form }, headers });
  const created = async () => (await stack.control.summary()).charges.created;
  const replayed = (answer: { headers: Headers }) => answer.headers.get("idempotent-replayed") === "true";

  test("httpx without a key: charged, and once when it asks again", async () => {
    expect((await bill()).status).toBe(200);
    expect(replayed(await bill())).toBe(true);
    expect(await created()).toBe(1);
  });

  test("httpx after a lost answer: the 504 says that the call may be made again, and it may", async () => {
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    const lost = await bill();
    expect(lost.status).toBe(504);
    expect(lost.body.error.message).toContain(
      "Send the same request again, without an Idempotency-Key of your own: it cannot take effect twice.",
    );
    const again = await bill({ description: "the June plan" });
    expect(again.status).toBe(200);
    expect(again.body.description).toBeNull();
    expect(await created()).toBe(1);
  });

  test.each([
    ["UUIDs", () => crypto.randomUUID()],
    ["keys of stripe-node", () => `stripe-node-retry-${crypto.randomUUID()}`],
    ["keys of stripe-go", () => `${Date.now()}000000_${crypto.randomUUID().slice(0, 6)}`],
  ])("an SDK's fresh keys (%s) after a lost answer: one charge", async (_which, make) => {
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    expect((await bill({}, { "idempotency-key": make() })).status).toBe(504);
    expect((await bill({}, { "idempotency-key": make() })).status).toBe(200);
    expect(await created()).toBe(1);
  });

  test("the official client without a key of its own: one charge, and another for another reference", async () => {
    const stripe = stack.stripe(key);
    const first = await stripe.charges.create({ amount: 2900, currency: "usd", source: "tok_visa" });
    const again = await stripe.charges.create({ amount: 2900, currency: "usd", source: "tok_visa" });
    expect(again.id).toBe(first.id);
    const reworded = stripe.charges.create({ ...JUNE, amount: 2900, description: "June" });
    await expect(reworded).rejects.toMatchObject({ statusCode: 409, code: "possible_repeat" });
    const second = await stripe.charges.create({ ...JUNE, amount: 2900, metadata: { reference: "2" } });
    expect(second.id).not.toBe(first.id);
  });

  test("one UUID for all charges of a run: no two of them meet, here or at Stripe", async () => {
    const run = { "idempotency-key": crypto.randomUUID() };
    const answers = [await bill({}, run), await bill({ amount: "1000" }, run), await bill({}, run)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(replayed)).toEqual([false, false, true]);
    expect(await created()).toBe(2);
  });

  test("a key that the caller chose is Stripe's contract, shared by all vault keys", async () => {
    const name = { "idempotency-key": "order-1234" };
    const first = await bill({}, name);
    const other = (await stack.issue()).vault_key;
    const again = await stack.call(other, "POST", "/v1/charges", { form: JUNE, headers: name });
    expect({ id: again.body.id, replayed: replayed(again) }).toEqual({ id: first.body.id, replayed: true });
    expect((await bill({ amount: "1" }, name)).body.error.type).toBe("idempotency_error");
    expect((await bill({}, { "idempotency-key": "order-1235" })).body.id).not.toBe(first.body.id);
  });

  test.each(["form", "json"])(
    "a key among the parameters is taken for the header's (%s)",
    async (encoding) => {
      const name = `june-${encoding}`;
      const body = { ...JUNE, idempotency_key: name };
      const content = encoding === "form" ? { form: body } : { json: body };
      const call = (headers = {}) => stack.call(key, "POST", "/v1/charges", { ...content, headers });
      const first = await call();
      expect(first.status, JSON.stringify(first.body)).toBe(200);
      expect(wire.sent.at(-1)?.headers["idempotency-key"]).toBe(name);
      expect(wire.sent.at(-1)?.body).not.toContain("idempotency_key");
      expect(replayed(await call({ "idempotency-key": crypto.randomUUID() }))).toBe(true);
      expect((await call({ "idempotency-key": "another" })).body.error).toMatchObject({
        code: "request_invalid",
        param: "idempotency_key",
      });
      const rows = await stack.auditRows(`&idempotency_key=${name}`);
      expect(rows.map((row) => row.decision)).toEqual(["replayed", "allowed"]);
    },
  );

  test("who hung up before the answer gets it, however the call is worded the second time", async () => {
    const { promise: sent, resolve } = Promise.withResolvers<void>();
    wire.intercept = async (_request, on) => {
      const answer = await on();
      resolve();
      await pass(300);
      return answer;
    };
    const controller = new AbortController();
    const first = stack.call(key, "POST", "/v1/charges", { form: JUNE, signal: controller.signal });
    await sent;
    controller.abort();
    await expect(first).rejects.toThrow();
    const again = await bill({ description: "June, once more" });
    expect({ status: again.status, replayed: replayed(again) }).toEqual({ status: 200, replayed: true });
    // That answer has reached somebody.
    expect((await bill({ description: "a third wording" })).body.error.code).toBe("possible_repeat");
    expect(await created()).toBe(1);
  });

  test("after act_window it is another act, and Stripe hears of it under another key", async () => {
    key = (await stack.issue({ role: "billing", daily_usd_cap: 100, act_window: "90m" })).vault_key;
    const first = await bill();
    ahead += 91 * 60_000;
    const second = await bill();
    expect(second.status, JSON.stringify(second.body)).toBe(200);
    expect(second.body.id).not.toBe(first.body.id);
    expect(replayed(await bill())).toBe(true);
    expect(await created()).toBe(2);
  });

  test("the same UUID under two vault keys is no second charge: Stripe knows it", async () => {
    const name = { "idempotency-key": crypto.randomUUID() };
    expect((await bill({}, name)).status).toBe(200);
    const other = (await stack.issue()).vault_key;
    const again = await stack.call(other, "POST", "/v1/charges", { form: JUNE, headers: name });
    expect(again.body.error.type).toBe("idempotency_error");
    expect(await created()).toBe(1);
  });
});
