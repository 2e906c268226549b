import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../stack.ts";

/**
 * Requests as the sources of Stripe's packages make them, for those that no test here runs, and for machines without the
 * tools of the others: which Idempotency-Key a call gets that has none of its own, anew for every call.
 */
const PACKAGES: readonly (readonly [agent: string, makeUpKey: () => string | null])[] = [
  ["PhpBindings/17.0.0", () => null],
  ["PhpBindings/17.0.0, told to retry", randomUUID],
  ["RubyBindings/15.0.0", randomUUID],
  [".NetBindings/48.0.0", randomUUID],
  ["JavaBindings/33.3.0", randomUUID],
  [
    "GoBindings/85.0.0",
    () => `${BigInt(Date.now()) * 1_000_000n}_${randomBytes(4).toString("base64url").slice(0, 6)}`,
  ],
];

describe.each(PACKAGES)("%s, with a key of the default policy", (client, makeUpKey) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
  });

  function charge(vaultKey: string, form: Record<string, string> = {}) {
    const key = makeUpKey();
    return stack.call(vaultKey, "POST", "/v1/charges", {
      form: {
        amount: 300,
        currency: "usd",
        customer: "cus_demo_alice",
        "metadata[reference]": "june",
        ...form,
      },
      headers: { "user-agent": `Stripe/v1 ${client}`, ...(key === null ? {} : { "idempotency-key": key }) },
    });
  }

  test("a lost answer, and the agent calls again: one charge", async () => {
    const { vault_key } = await stack.issue();
    await stack.control.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
    const lost = await charge(vault_key);
    expect(lost.status).toBe(504);
    expect(lost.headers.get("stripe-should-retry")).toBe("true");
    const made = await charge(vault_key);
    expect(made.status).toBe(200);
    expect((await charge(vault_key)).body.id).toBe(made.body.id);
    expect((await stack.control.summary()).charges.created).toBe(1);
  });

  test("an equal charge that is worded otherwise: neither made nor sent again", async () => {
    const { vault_key } = await stack.issue();
    const made = await charge(vault_key);
    const worded = await charge(vault_key, { description: "once more" });
    expect(worded.status).toBe(409);
    expect(worded.headers.get("stripe-should-retry")).toBe("false");
    expect(worded.body.error).toMatchObject({ type: "idempotency_error", code: "possible_repeat" });
    expect(worded.body.error.message).toContain(made.body.id);
    expect((await stack.control.summary()).charges.created).toBe(1);
  });
});
