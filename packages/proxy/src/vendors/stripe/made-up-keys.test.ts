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
    ["uuid4().hex", "5d2f1c3e8a4b4c6d9e0fa1b2c3d4e5f6"],
    ["uuid7().hex", "019a5f1c3e8a7c6d9e0fa1b2c3d4e5f6"],
    ["in braces", `{${randomUUID()}}`],
    ["as a URN", `urn:uuid:${randomUUID()}`],
    ["a ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
    ["a ULID in lower case", "01jd5x8gk2m3n4p5q6r7s8t9va"],
    ["nanoid", "V1StGXR8_Z5jdHi6B-myT"],
    ["made of a name, as a UUID: stripe-python's look like it", "2ed6657d-e927-568b-95e1-2665a8aea6a2"],
  ])("%s: %s", (_sdk, key) => {
    expect(isMadeUpKey(key)).toBe(true);
  });
});

test("of a thousand nanoids hardly any is missed", () => {
  const alphabet = "useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict";
  const random = seededRandom(7);
  const keys = Array.from({ length: 1000 }, () =>
    Array.from({ length: 21 }, () => alphabet[Math.floor(random() * 64)]).join(""),
  );
  expect(keys.filter((key) => !isMadeUpKey(key)).length).toBeLessThan(30);
});

/** mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe("chosen by a caller", () => {
  test.each([
    "june",
    "order-1234",
    "run-1:charges.create:0123456789abcdef0123456789abcdef",
    "business:charges.create:0123456789abcdef0123456789abcdef",
    "5d2f1c3e-8a4b-4c6d-9e0f-a1b2c3d4e5f6-charge-1",
    "cus_1-5d2f1c3e-8a4b-4c6d-9e0f-a1b2c3d4e5f6",
    "stripe-node-retry-june",
    "1763741234_charge",
    "20261121_order1",
    "202606011234567890_ord-01",
    "2026060112345678901_ord-01",
    "20260601123456789012_ord-01",
    // Digests, and UUIDs that no SDK writes and that are made of a name.
    "d41d8cd98f00b204e9800998ecf8427e",
    "2ed6657de927568b95e12665a8aea6a2",
    "urn:uuid:2ed6657d-e927-568b-95e1-2665a8aea6a2",
    // As long as a nanoid, or a ULID.
    "order-2026-06-Cust-01",
    "orderJune2026Cust0001",
    "JUNE-2026-CUSTOMER-00",
    "invoice_2026_06_00001",
    "91ARZ3NDEKTSV4RRFFQ69G5FAV",
    "JUNE2026INVOICECUSTOMER001",
    "",
  ])("%s", (key) => {
    expect(isMadeUpKey(key)).toBe(false);
  });
});
