import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalAct, digest, idempotencyKey } from "./idempotency.ts";

const june = { customer: "cus_1", amount: 2900, currency: "usd", billing_period: "2026-06", reference: null };

test("golden keys: a change here would charge the acts of running agents twice", async () => {
  expect(canonicalAct(june)).toBe(
    '{"amount":2900,"billing_period":"2026-06","currency":"usd","customer":"cus_1","reference":null}',
  );
  const key = { runId: "run-1", operation: "charges.create", identity: june, mode: "run" } as const;
  expect(await idempotencyKey(key)).toBe("run-1:charges.create:5d7653f3eabb2c53fcf3731c5083e0bf");
  expect(await idempotencyKey({ ...key, mode: "business" })).toBe(
    "business:charges.create:5d7653f3eabb2c53fcf3731c5083e0bf",
  );
  const refund = { charge: "ch_1", amount: "remainder", reference: null };
  expect(await idempotencyKey({ ...key, operation: "refunds.create", identity: refund })).toBe(
    "run-1:refunds.create:1d9f0b744c0f3852ebcffc30beb633c3",
  );
});

test("business mode needs a billing period or a reference; without one the run stays in the key", async () => {
  const identity = { ...june, billing_period: null };
  const key = { runId: "run-1", operation: "charges.create", identity, mode: "business" } as const;
  expect(await idempotencyKey(key)).toMatch(/^run-1:/);
  expect(await idempotencyKey({ ...key, identity: { ...identity, reference: "INV-7" } })).toMatch(
    /^business:/,
  );
});

test("the order of the fields does not matter, every value does", () => {
  const field = fc.constantFrom("customer", "amount", "currency", "billing_period", "reference");
  const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null));
  fc.assert(
    fc.property(fc.dictionary(field, value, { minKeys: 1 }), field, value, (identity, changed, other) => {
      const reversed = Object.fromEntries(Object.entries(identity).reverse());
      expect(canonicalAct(reversed)).toBe(canonicalAct(identity));
      fc.pre(Object.hasOwn(identity, changed) && identity[changed] !== other);
      expect(canonicalAct({ ...identity, [changed]: other })).not.toBe(canonicalAct(identity));
    }),
  );
});

test("any run id gives a printable key of at most 255 characters, and different ids different keys", async () => {
  const make = (runId: string) =>
    idempotencyKey({ runId, operation: "paymentIntents.create", identity: june, mode: "run" });
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, maxLength: 400, unit: "binary" }), async (runId) => {
      const key = await make(runId);
      expect(key.length).toBeLessThanOrEqual(255);
      expect(key).toMatch(/^[\x21-\x7e]+$/);
      expect(await make(`${runId}x`)).not.toBe(key);
    }),
  );
  expect(await make("a".repeat(180))).toContain("aaa");
  expect(await make("a".repeat(181))).toBe(
    `run-${await digest("a".repeat(181))}:paymentIntents.create:${await digest(canonicalAct(june))}`,
  );
});

test("a run that is named like the business prefix does not share its keys", async () => {
  const key = { operation: "charges.create", identity: june } as const;
  const named = await idempotencyKey({ ...key, runId: "business", mode: "run" });
  expect(named).not.toBe(await idempotencyKey({ ...key, runId: "r", mode: "business" }));
});
