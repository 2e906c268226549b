import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { type CallAnswer, type Stack, startStack } from "./stack.ts";

/** Idempotency-Keys that are no name of an act: one UUID for a run, a fresh one for a call, a key that another tenant chose. */
describe("what an Idempotency-Key says of the act", () => {
  let stack: Stack;
  let key: string;
  const policy = { allowed_operations: ["*"], daily_usd_cap: 1000 };
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
    key = (await stack.issue(policy)).vault_key;
  });

  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    stack.call(key, "POST", `/v1/${path}`, { form, headers });
  const charge = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    post("charges", { amount: "1000", currency: "usd", source: "tok_visa", ...form }, headers);
  const replayed = ({ headers }: CallAnswer) => headers.get("idempotent-replayed") === "true";
  const created = async () => (await stack.control.summary()).charges.created;

  describe("one UUID for all calls of a run", () => {
    let run: { "idempotency-key": string };
    beforeEach(() => {
      run = { "idempotency-key": crypto.randomUUID() };
    });

    /** Before: the second order was told of the first one's charge as if it were its own. */
    test("order A, and then order B over the same amount: told of A, and charged with a reference", async () => {
      const first = await charge({ "metadata[order_id]": "A" }, run);
      const second = await charge({ "metadata[order_id]": "B" }, run);
      expect(second.body.error).toMatchObject({
        code: "possible_repeat",
        keybrake: { object_id: first.body.id },
      });
      const named = await charge({ "metadata[order_id]": "B", "metadata[reference]": "B" }, run);
      expect(named.status).toBe(200);
      expect(replayed(await charge({ "metadata[order_id]": "A" }, run))).toBe(true);
      expect(await created()).toBe(2);
    });

    /** Before: 400 idempotency_error under it, for ever. */
    test("a decline, and then a good card of the same customer", async () => {
      const customer = await atStripe(stack.emulator.url).make("customers", {
        source: "tok_chargeCustomerFail",
      });
      const bill = () => post("charges", { amount: "1000", currency: "usd", customer: customer.id }, run);
      expect((await bill()).status).toBe(402);
      expect((await bill()).status).toBe(402);
      await atStripe(stack.emulator.url).make(`customers/${customer.id}`, { source: "tok_visa" });
      const paid = await bill();
      expect(paid.status, JSON.stringify(paid.body)).toBe(200);
      expect(replayed(await bill())).toBe(true);
      expect((await stack.control.summary()).charges.succeeded).toBe(1);
    });

    test("a decline is no way round Stripe's memory of what another vault key did under it", async () => {
      expect((await charge({}, run)).status).toBe(200);
      const other = (await stack.issue(policy)).vault_key;
      for (let attempt = 0; attempt < 3; attempt++) {
        const again = await stack.call(other, "POST", "/v1/charges", {
          form: { amount: "1000", currency: "usd", source: "tok_visa" },
          headers: run,
        });
        expect(again.body.error.type).toBe("idempotency_error");
      }
      expect(await created()).toBe(1);
    });
  });

  /** Before: two charges after a lost answer. */
  test.each([
    ["uuid4().hex", () => crypto.randomUUID().replaceAll("-", "")],
    ["in braces", () => `{${crypto.randomUUID()}}`],
    ["as a URN", () => `urn:uuid:${crypto.randomUUID()}`],
    [
      "a ULID",
      () =>
        `01JD5X8GK2${crypto
          .randomUUID()
          .replaceAll(/[^0-9a-f]/g, "")
          .slice(0, 16)
          .toUpperCase()}`,
    ],
  ])("a fresh key for each call (%s) is no name: one charge after a lost answer", async (_which, make) => {
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    expect((await charge({}, { "idempotency-key": make() })).status).toBe(504);
    const found = await charge({}, { "idempotency-key": make() });
    expect({ status: found.status, replayed: replayed(found) }).toEqual({ status: 200, replayed: true });
    expect(await created()).toBe(1);
  });

  /** Before: two orders that were numbered so were one. */
  test("a number and a short name are a name, also where they look a little like stripe-go's", async () => {
    const ids = ["202606011234567890_ord-01", "202606011234567890_ord-02"].map(async (name) => {
      return (await charge({}, { "idempotency-key": name })).body.id;
    });
    expect(new Set(await Promise.all(ids)).size).toBe(2);
  });

  describe("a key that another vault key of the account chose", () => {
    let chosen: { "idempotency-key": string };
    let checkouts = 0;
    beforeEach(() => {
      checkouts += 1;
      chosen = { "idempotency-key": `checkout-${checkouts}` };
    });
    const intent = (tenant: string) => ({ amount: "1000", currency: "usd", "metadata[tenant]": tenant });

    /** Before: the second tenant got the first one's intent, and its client_secret. */
    test("is refused with other words, and tells nothing", async () => {
      const first = await post("payment_intents", intent("A"), chosen);
      key = (await stack.issue(policy)).vault_key;
      for (const form of [intent("B"), { ...intent("A"), description: "of B" }]) {
        const second = await post("payment_intents", form, chosen);
        expect({ status: second.status, type: second.body.error.type }).toEqual({
          status: 400,
          type: "idempotency_error",
        });
        expect(JSON.stringify(second.body)).not.toContain(first.body.id);
      }
      expect((await post("payment_intents", intent("A"), chosen)).body.id).toBe(first.body.id);
    });

    test("may be of the same bill in other words: a payer and a reference name it, whoever sends it", async () => {
      const june = { "metadata[billing_period]": "2026-06", "metadata[run]": "1", description: "June" };
      const first = await charge(june, chosen);
      expect(first.status, JSON.stringify(first.body)).toBe(200);
      key = (await stack.issue(policy)).vault_key;
      const again = await charge({ ...june, "metadata[run]": "2", description: "The month of June" }, chosen);
      expect({ id: again.body.id, replayed: replayed(again) }).toEqual({ id: first.body.id, replayed: true });
      const july = { ...june, "metadata[billing_period]": "2026-07" };
      expect((await charge(july, chosen)).body.error.type).toBe("idempotency_error");
    });

    test("its own key may word the act otherwise", async () => {
      const first = await charge({ description: "June" }, chosen);
      const again = await charge({ description: "June 2026" }, chosen);
      expect({ id: again.body.id, replayed: replayed(again) }).toEqual({ id: first.body.id, replayed: true });
    });
  });

  /** Before: a reference of a character that nobody sees passed for another act. */
  test.each([
    ["a zero-width space", "\u200b"],
    ["a soft hyphen", "\u00ad"],
    ["a Hangul filler", "\u3164"],
    ["a variation selector", "\ufe0f"],
  ])("%s is no reference, and no other wording", async (_what, unseen) => {
    const first = await charge({ description: "June" });
    expect((await charge({ description: `June${unseen}` })).body.id).toBe(first.body.id);
    const named = await charge({ description: "June", "metadata[reference]": unseen });
    expect(named.body.error).toMatchObject({
      code: "possible_repeat",
      keybrake: { object_id: first.body.id },
    });
    expect(await created()).toBe(1);
  });
});
