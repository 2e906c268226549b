import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inputJsonSchema } from "./json-schema.ts";
import { parseInput } from "./parse-input.ts";
import { TOOLS, type ToolName } from "./tools.ts";

const charge = { customer_id: "cus_1", amount_cents: 2900 };

test("fields that are left out are null", () => {
  expect(parseInput("create_charge", charge)).toEqual({
    ok: true,
    value: { ...charge, currency: null, description: null, billing_period: null, reference: null },
  });
});

test("a currency is lower-cased and a reference trimmed, so that spelling makes no second act", () => {
  const parsed = parseInput("create_charge", { ...charge, currency: "USD", reference: " INV-1 " });
  expect(parsed).toMatchObject({ ok: true, value: { currency: "usd", reference: "INV-1" } });
});

describe("refuses and names the field", () => {
  const cases: [string, ToolName, unknown, string][] = [
    ["an unknown field", "create_charge", { ...charge, amount: 1 }, "amount"],
    ["no amount", "create_charge", { customer_id: "cus_1" }, "amount_cents is required"],
    ["zero", "create_charge", { ...charge, amount_cents: 0 }, "amount_cents"],
    ["a negative amount", "create_charge", { ...charge, amount_cents: -1 }, "amount_cents"],
    ["dollars with cents", "create_charge", { ...charge, amount_cents: 29.99 }, "amount_cents"],
    ["an amount as text", "create_charge", { ...charge, amount_cents: "2900" }, "amount_cents"],
    ["not a number", "create_charge", { ...charge, amount_cents: Number.NaN }, "amount_cents"],
    ["more than Stripe takes", "create_charge", { ...charge, amount_cents: 100_000_000 }, "amount_cents"],
    ["a month in words", "create_charge", { ...charge, billing_period: "June 2026" }, "billing_period"],
    ["month 13", "create_charge", { ...charge, billing_period: "2026-13" }, "billing_period"],
    ["month 0", "create_charge", { ...charge, billing_period: "2026-00" }, "billing_period"],
    ["a day", "create_charge", { ...charge, billing_period: "2026-06-01" }, "billing_period"],
    [
      "a line feed after the month",
      "create_charge",
      { ...charge, billing_period: "2026-06\n" },
      "billing_period",
    ],
    ["a currency by name", "create_charge", { ...charge, currency: "dollar" }, "currency"],
    ["another object's id", "create_charge", { ...charge, customer_id: "ch_1" }, "customer_id"],
    ["a path as id", "retrieve_charge", { charge_id: "ch_1/../../refunds" }, "charge_id"],
    ["a long description", "create_charge", { ...charge, description: "x".repeat(501) }, "description"],
    ["an empty reference", "create_charge", { ...charge, reference: "  " }, "reference"],
    ["a reason of its own", "create_refund", { charge_id: "ch_1", reason: "because" }, "reason"],
    ["a large page", "list_charges", { limit: 101 }, "limit"],
    ["a list", "create_charge", [charge], "object"],
    ["a text", "create_charge", JSON.stringify(charge), "object"],
  ];
  test.each(cases)("%s", (_what, tool, input, problem) => {
    expect(parseInput(tool, input)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});

test("says what to write instead, in words", () => {
  const wrong = { customer_id: "Bob", amount_cents: 29.5, currency: "dollars", billing_period: "June 2026" };
  expect(parseInput("create_charge", wrong)).toEqual({
    ok: false,
    problem: [
      "customer_id: must be an id that begins with cus_ (look it up, never make one up)",
      "amount_cents: must be a whole number of the currency's smallest unit: 2900 for 29.00 USD",
      "currency: must be a currency code of three letters, for example usd",
      "billing_period: must be a month as YYYY-MM, for example 2026-06",
    ].join("; "),
  });
});

test("an input that throws when it is read is refused", () => {
  const hostile = Object.defineProperty({}, "customer_id", {
    enumerable: true,
    get: () => {
      throw new Error("boom");
    },
  });
  expect(parseInput("create_charge", hostile)).toEqual({ ok: false, problem: "the input cannot be read" });
});

test("never throws, and what it accepts has only whole positive amounts", () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record(
      { customer_id: fc.constant("cus_1"), amount_cents: fc.anything() },
      { requiredKeys: ["customer_id"] },
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...(Object.keys(TOOLS) as ToolName[])), anything, (tool, input) => {
      const parsed = parseInput(tool, input);
      if (!parsed.ok || tool !== "create_charge") return;
      const { amount_cents: amount } = parsed.value as { amount_cents: number };
      expect(Number.isInteger(amount) && amount > 0 && amount <= 99_999_999).toBe(true);
    }),
  );
});

test("the JSON schema keeps every constraint, names every field and admits no other", () => {
  expect(inputJsonSchema("create_refund")).toMatchObject({
    type: "object",
    additionalProperties: false,
    required: ["charge_id", "amount_cents", "reason", "reference"],
    properties: {
      charge_id: { type: "string", pattern: expect.stringContaining("ch|py") },
      amount_cents: { anyOf: [{ type: "integer", minimum: 1, maximum: 99_999_999 }, { type: "null" }] },
    },
  });
  expect(inputJsonSchema("create_charge")).toBe(inputJsonSchema("create_charge"));
});
