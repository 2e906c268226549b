import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CallAnswer, charge, type NewAct, newAct, type Stack, startStack } from "./stack.ts";

/** Lost answers, errors and refusals of Stripe: what is unknown keeps its hold, and is never executed twice. */
describe("unknown outcomes", () => {
  let stack: Stack;
  let key: NewAct["key"];
  let same: NewAct["same"];
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    ({ key, same } = await newAct(stack));
  });

  const usage = async () => (await stack.admin(`/vault-keys/${key.id}`)).body;
  const rows = () => stack.auditRows(`&vault_key_id=${key.id}`);

  test.each([
    ["the answer is lost after execution", "drop_after", 504],
    ["the connection is cut before execution", "drop_before", 504],
    ["Stripe answers 500 after execution", "error_after", 500],
    ["Stripe answers 503", "unavailable", 503],
  ] as const)("%s: held, then settled by the repeat, one charge", async (_name, kind, status) => {
    await stack.control.addFault({ operation: "charges.create", kind, times: 1 });
    const first = await charge(stack, key.vault_key, { amount: 6000 }, same);
    expect(first.status).toBe(status);
    expect(await usage()).toMatchObject({ spent: 0, held: 60, remaining: 40 });
    expect((await rows()).map((row) => row.state)).toEqual(["unknown"]);
    // Another act must not use the money that may have moved.
    const other = await charge(stack, key.vault_key, { amount: 6000 });
    expect(other.body.error.code).toBe("spend_cap_exceeded");
    const repeat = await charge(stack, key.vault_key, { amount: 6000 }, same);
    if (kind === "error_after") {
      // Stripe replays its 500 under the key; only its records can tell. The hold stays.
      expect(repeat.status).toBe(500);
      expect(await usage()).toMatchObject({ spent: 0, held: 60 });
    } else {
      expect(repeat.status, JSON.stringify(repeat.body)).toBe(200);
      expect(await usage()).toMatchObject({ spent: 60, held: 0 });
    }
    expect((await stack.control.summary()).charges.created).toBe(1);
  });

  test("a reworded repeat sends the first body again, byte for byte", async () => {
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    await charge(stack, key.vault_key, { description: "Pro plan" }, same);
    const repeat = await charge(stack, key.vault_key, { description: "the professional plan" }, same);
    expect(repeat.body).toMatchObject({ object: "charge", description: "Pro plan" });
    const sent = (await stack.control.requests()).data.filter(
      (entry) => entry.operation === "charges.create",
    );
    expect(new Set(sent.map((entry) => entry.body)).size).toBe(1);
    expect(new Set(sent.map((entry) => entry.idempotency_key))).toEqual(new Set([same["idempotency-key"]]));
  });

  test("a reworded repeat of a finished act is a replay, another act under the key an error", async () => {
    const first = await charge(stack, key.vault_key, { description: "June" }, same);
    const reworded = await charge(stack, key.vault_key, { description: "the June plan" }, same);
    expect(reworded.headers.get("idempotent-replayed")).toBe("true");
    expect(reworded.body).toEqual(first.body);
    const another = await charge(stack, key.vault_key, { amount: 101 }, same);
    expect({ status: another.status, type: another.body.error.type }).toEqual({
      status: 400,
      type: "idempotency_error",
    });
    expect((await stack.control.summary()).charges.created).toBe(1);
  });

  test("twenty concurrent repeats of an unknown act settle it once", async () => {
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 3 });
    await charge(stack, key.vault_key, {}, same);
    const answers: CallAnswer[] = await Promise.all(
      Array.from({ length: 20 }, () => charge(stack, key.vault_key, {}, same)),
    );
    const succeeded = answers.filter((answer) => answer.status === 200);
    expect(succeeded.length).toBeGreaterThanOrEqual(18);
    expect(new Set(succeeded.map((answer) => answer.body.id)).size).toBe(1);
    expect((await stack.control.summary()).charges.created).toBe(1);
    expect(await usage()).toMatchObject({ spent: 1, held: 0 });
  });

  test("a decline frees the hold, and is replayed under its key", async () => {
    const declined = { source: "tok_chargeDeclined", amount: 9000 };
    const first = await charge(stack, key.vault_key, declined, same);
    expect({ status: first.status, code: first.body.error.code }).toEqual({
      status: 402,
      code: "card_declined",
    });
    expect(await usage()).toMatchObject({ spent: 0, held: 0 });
    const again = await charge(stack, key.vault_key, declined, same);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.status).toBe(402);
  });

  test("a rate limit of Stripe frees the hold and the claim", async () => {
    await stack.control.addFault({ operation: "charges.create", kind: "rate_limit", times: 1 });
    expect((await charge(stack, key.vault_key, {}, same)).status).toBe(429);
    expect(await usage()).toMatchObject({ spent: 0, held: 0 });
    expect((await charge(stack, key.vault_key, {}, same)).status).toBe(200);
  });

  test("a parameter error gives the claim back: the corrected call may use the same key", async () => {
    const wrong = await charge(stack, key.vault_key, { amount: 1 }, same);
    expect(wrong.status).toBe(400);
    const right = await charge(stack, key.vault_key, { amount: 100 }, same);
    expect(right.status).toBe(200);
  });

  test("the official client's own retries are enough to settle a lost answer", async () => {
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    const stripe = stack.stripe(key.vault_key);
    const made = await stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa" });
    expect(made.status).toBe("succeeded");
    expect((await stack.control.summary()).charges.created).toBe(1);
    expect(await usage()).toMatchObject({ spent: 5, held: 0 });
  });

  test("two runs with a key each and one business key are one act, and each gets the charge", async () => {
    const other = await stack.issue({ role: "billing", daily_usd_cap: 100 });
    const june = { "idempotency-key": "business:charges.create:june" };
    const [one, two] = await Promise.all([
      charge(stack, key.vault_key, { amount: 4900 }, { ...june, "x-agent-run-id": "run-1" }),
      charge(stack, other.vault_key, { amount: 4900 }, { ...june, "x-agent-run-id": "run-2" }),
    ]);
    expect(one.body.id).toBe(two.body.id);
    expect((await stack.control.summary()).charges.created).toBe(1);
    const spent = (await usage()).spent + (await stack.admin(`/vault-keys/${other.id}`)).body.spent;
    expect(spent).toBe(49);
  });

  test("Stripe cannot be reached: nothing held, and the caller is told so", async () => {
    const lonely = await startStack();
    await using _ = lonely;
    const lonelyKey = await lonely.issue();
    await lonely.emulator.close();
    const answer = await charge(lonely, lonelyKey.vault_key);
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({
      status: 502,
      code: "upstream_unreachable",
    });
    expect((await lonely.admin(`/vault-keys/${lonelyKey.id}`)).body).toMatchObject({ held: 0, spent: 0 });
  });
});
