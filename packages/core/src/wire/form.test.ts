import { expect, test } from "vitest";
import { encodeForm } from "./form.ts";

test("nests, encodes and leaves out as stripe-node does", () => {
  const params = {
    amount: 100,
    description: "50% off & more",
    customer: null,
    metadata: { billing_period: "2026-06", "a b]": "ü" },
    automatic_payment_methods: { enabled: true },
    absent: undefined,
  };
  expect(encodeForm(params)).toBe(
    "amount=100&description=50%25%20off%20%26%20more&metadata[billing_period]=2026-06&metadata[a%20b%5D]=%C3%BC&automatic_payment_methods[enabled]=true",
  );
});

test("a lone surrogate is sent as the replacement character and does not throw", () => {
  expect(encodeForm({ description: "a\ud800b" })).toBe("description=a%EF%BF%BDb");
});

test("an empty object is an empty body", () => {
  expect(encodeForm({ metadata: { reference: null } })).toBe("");
});
