import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

/**
 * Before: under a key derived from the run, the third of three updates (1000, 5000, 1000) was answered with the first:
 * the caller read "1000" while Stripe had 5000.
 */
describe("bringing an object into a state again is carried out again", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const run = { "x-agent-run-id": "run-1" };

  test.each(["auto", "act"])("1000, 5000 and 1000 are three updates (%s)", async (dedupe) => {
    const { vault_key } = await stack.issue({
      allowed_operations: ["paymentIntents.*"],
      daily_usd_cap: 500,
      dedupe,
    });
    const call = (path: string, form: Record<string, string>) =>
      stack.call(vault_key, "POST", path, { form, headers: run });
    const made = await call("/v1/payment_intents", { amount: "1000", currency: "usd" });
    const path = `/v1/payment_intents/${made.body.id}`;
    for (const amount of ["1000", "5000", "1000"])
      expect((await call(path, { amount })).body.amount).toBe(Number(amount));
    const read = await stack.call(vault_key, "GET", path);
    expect(read.body.amount).toBe(1000);
  });
});
