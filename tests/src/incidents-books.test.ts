/*
 * Books that were wrong in public, and limits that did not limit, that no other test plays as they happened;
 * docs/incidents.md has the incidents, and the tests of all the others.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { charge, type IssuedKey, type Stack, startStack } from "./stack.ts";

const MINUTE_MS = 60_000;

describe("books and limits that were wrong", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
  });

  const usage = async ({ id }: IssuedKey) => (await stack.admin(`/vault-keys/${id}`)).body;
  const reconcile = () => stack.admin("/reconcile", { method: "POST", body: {} });
  const codes = (answers: readonly { body: any }[]) =>
    answers.map(({ body }) => body.error?.code ?? "charged");

  test("no hold is left of what came to nothing, whatever it failed of: the whole cap can still be spent", async () => {
    const key = await stack.issue();
    const fail = (form: Record<string, string | number>, times: number) =>
      Promise.all(
        Array.from({ length: times }, () => charge(stack, key.vault_key, { amount: 900, ...form })),
      );
    await stack.control.addFault({ operation: "charges.create", kind: "rate_limit", times: 3 });
    await fail({}, 3);
    await stack.control.addFault({ operation: "charges.create", kind: "drop_before", times: 3 });
    await fail({}, 3);
    await fail({ source: "tok_chargeDeclined" }, 5);
    await fail({ customer: "cus_nobody", source: "tok_visa" }, 5);
    await fail({ amount: 10_001 }, 5);
    expect(await usage(key)).toMatchObject({ spent: 0, held: 27 });
    stack.advance(11 * MINUTE_MS);
    await stack.control.advance(11 * MINUTE_MS);
    await reconcile();
    expect(await usage(key)).toMatchObject({ spent: 0, held: 0, remaining: 100 });

    const answers = await Promise.all(
      Array.from({ length: 12 }, () => charge(stack, key.vault_key, { amount: 1000 })),
    );
    expect(codes(answers).filter((code) => code === "charged")).toHaveLength(10);
    expect(codes(answers).filter((code) => code === "spend_cap_exceeded")).toHaveLength(2);
    expect(await usage(key)).toMatchObject({ spent: 100, held: 0, remaining: 0 });
  });

  test("what a refusal says is spent is what the rows say, and what Stripe's own books say", async () => {
    const key = await stack.issue();
    await Promise.all(Array.from({ length: 7 }, () => charge(stack, key.vault_key, { amount: 1337 })));
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    await charge(stack, key.vault_key, { amount: 500 });
    const { body } = await charge(stack, key.vault_key, { amount: 142 });
    expect(body.error.code).toBe("spend_cap_exceeded");
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    const counted = (state: string) =>
      rows.filter((row) => row.state === state).reduce((sum, row) => sum + row.usd_cents, 0) / 100;
    expect([counted("posted"), counted("unknown")]).toEqual([93.59, 5]);
    expect(body.error.keybrake).toMatchObject({ spent_usd: 93.59, held_usd: 5, unresolved_calls: 1 });
    expect(await usage(key)).toMatchObject({ spent: 93.59, held: 5, remaining: 1.41 });
    const { moved } = await stack.control.books();
    expect(moved.reduce((sum, { amount_minor }) => sum + amount_minor, 0)).toBe(9359 + 500);
    expect((await charge(stack, key.vault_key, { amount: 141 })).status).toBe(200);
  });

  test("thirty workers at once, each with a key that one key made: what the one may spend, and no more", async () => {
    const parent = await stack.issue({
      ...{ role: "billing", daily_usd_cap: 100, may_delegate: { keys: 30, depth: 1 } },
    });
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, worker) =>
        stack.call(parent.vault_key, "POST", "/vault-keys", { json: { name: `worker-${worker}` } }),
      ),
    );
    const answers = await Promise.all(
      made.map(({ body }) => charge(stack, body.vault_key, { amount: 1000 })),
    );
    expect(codes(answers).filter((code) => code === "charged")).toHaveLength(10);
    expect(codes(answers).filter((code) => code === "spend_cap_exceeded")).toHaveLength(20);
    expect((await stack.control.summary()).charges.created).toBe(10);
    expect(await usage(parent)).toMatchObject({ spent: 100, held: 0, remaining: 0 });
  });

  test.each([
    ["configuration", { configuration: { actions: { refunds: { create: false } } } }],
    ["allowedOperations", { allowedOperations: ["charges.create"] }],
    ["max_usd", { max_usd: 10 }],
    ["above", { approval: { above: 100 } }],
    ["run", { bind: { run: "run-1" } }],
    ["key", { may_delegate: { key: 1 } }],
  ])("a limit that nobody reads (%s) is an error, and makes no key without it", async (word, limit) => {
    const keys = async () => (await stack.admin("/vault-keys?limit=100")).body.data.length;
    const before = await keys();
    const { status, body } = await stack.admin("/vault-keys", {
      method: "POST",
      body: { name: "n", vendor: "stripe", role: "billing", daily_usd_cap: 100, ...limit },
    });
    expect([status, body.error.code]).toEqual([400, "request_invalid"]);
    expect(body.error.message).toContain(word);
    expect(await keys()).toBe(before);
  });
});
