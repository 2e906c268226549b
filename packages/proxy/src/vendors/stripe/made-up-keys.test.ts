import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isMadeUpKey } from "./made-up-keys.ts";

describe("made up by an SDK for one call", () => {
  test.each([
    ["stripe-node", "stripe-node-retry-5d2f1c3e-8a4b-4c6d-9e0f-a1b2c3d4e5f6"],
    ["stripe-python, no version in it", "5d2f1c3e-8a4b-0c6d-1e0f-a1b2c3d4e5f6"],
    ["stripe-python before 12", "0f8fad5b-d9cb-469f-a165-70867728950e"],
    ["stripe-go", "1763741234567890123_aZ-_09"],
    ["stripe-java, -php, -ruby, Stripe.net", randomUUID()],
    ["in upper case", randomUUID().toUpperCase()],
  ])("%s: %s", (_sdk, key) => {
    expect(isMadeUpKey(key)).toBe(true);
  });
});

describe("chosen by a caller", () => {
  test.each([
    "june",
    "order-1234",
    "run-1:charges.create:0123456789abcdef0123456789abcdef",
    "business:charges.create:0123456789abcdef0123456789abcdef",
    "5d2f1c3e8a4b4c6d9e0fa1b2c3d4e5f6",
    "5d2f1c3e-8a4b-4c6d-9e0f-a1b2c3d4e5f6-charge-1",
    "cus_1-5d2f1c3e-8a4b-4c6d-9e0f-a1b2c3d4e5f6",
    "stripe-node-retry-june",
    "1763741234_charge",
    "20261121_order1",
    "",
  ])("%s", (key) => {
    expect(isMadeUpKey(key)).toBe(false);
  });
});
