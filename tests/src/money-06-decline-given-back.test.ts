import Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

const HOUR_MS = 60 * 60 * 1000;

/**
 * Before: a decline stayed the answer of its claim for ever, although Stripe forgets it after a day. Under one business
 * key June could never be billed again, not with a new card, not a month later.
 */
describe("a decline does not close an act for good", () => {
  let stack: Stack;
  let ahead = 0;
  beforeAll(async () => {
    stack = await startStack({ environment: { clock: () => Date.now() + ahead } });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const policy = { allowed_operations: ["charges.create"], daily_usd_cap: 100, expires_in_seconds: 864_000 };

  /** Somebody with a card that declines, straight at Stripe. */
  async function newCustomer(): Promise<string> {
    const { id } = await direct().customers.create({ source: "tok_chargeCustomerFail" });
    return id;
  }

  async function newCard(customer: string): Promise<void> {
    await direct().customers.update(customer, { source: "tok_visa" });
  }

  function direct(): Stripe {
    const { hostname: host, port } = new URL(stack.emulator.url);
    return new Stripe(UPSTREAM_KEY, { host, port: Number(port), protocol: "http" });
  }

  async function pass(milliseconds: number): Promise<void> {
    ahead += milliseconds;
    await stack.control.advance(milliseconds);
  }

  const june = (customer: string) => ({
    form: { amount: 2900, currency: "usd", customer, "metadata[billing_period]": "2026-06" },
  });

  test.each([
    ["auto", "", ""],
    ["act", "", ""],
    ["act", "business:charges.create:june", "business:charges.create:june"],
    ["auto", "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"],
  ])("by act at once: dedupe %s, Idempotency-Keys '%s' and '%s'", async (dedupe, one, two) => {
    const { vault_key } = await stack.issue({ ...policy, dedupe });
    const customer = await newCustomer();
    const call = (name: string) =>
      stack.call(vault_key, "POST", "/v1/charges", {
        ...june(customer),
        ...(name === "" ? {} : { headers: { "idempotency-key": name } }),
      });
    expect((await call(one)).status).toBe(402);
    await newCard(customer);
    expect((await call(two)).status).toBe(200);
    expect((await call(two)).headers.get("idempotent-replayed")).toBe("true");
  });

  test("by key when Stripe has forgotten it, and not before", async () => {
    const { vault_key } = await stack.issue(policy);
    const name = { "idempotency-key": "business:charges.create:june-by-key" };
    const customer = await newCustomer();
    const bill = () => stack.call(vault_key, "POST", "/v1/charges", { ...june(customer), headers: name });
    expect((await bill()).status).toBe(402);
    await newCard(customer);
    const replayed = await bill();
    expect({ status: replayed.status, replayed: replayed.headers.get("idempotent-replayed") }).toEqual({
      status: 402,
      replayed: "true",
    });
    await pass(25 * HOUR_MS);
    expect((await bill()).status).toBe(200);
    // What succeeded under the key stays its answer.
    await pass(25 * HOUR_MS);
    expect((await bill()).headers.get("idempotent-replayed")).toBe("true");
  });
});
