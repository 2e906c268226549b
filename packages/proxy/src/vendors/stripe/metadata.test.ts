import { describe, expect, test } from "vitest";
import { decodeForm, encodeForm, type Params } from "./form.ts";
import { reservedMetadataKey, stampMetadata, unsetsStamp } from "./metadata.ts";
import { OPERATIONS, type Operation } from "./operation.ts";

function params(text: string): Params {
  const result = decodeForm(text);
  if (!result.ok) throw new Error(result.message);
  return result.params;
}

test.each([
  ["charges.update", "metadata=", true],
  ["charges.capture", "metadata=", true],
  ["paymentIntents.update", "metadata=&amount=5", true],
  ["transfers.updateReversal", "metadata=", true],
  ["customers.updateBalanceTransaction", "metadata=", true],
  ["charges.update", "metadata[a]=", false],
  ["charges.update", "description=", false],
  ["customers.update", "metadata=", false],
  ["charges.create", "metadata=", false],
])("%s with %s takes the stamp off: %s", (name, body, expected) => {
  expect(unsetsStamp(operation(name), params(body))).toBe(expected);
});

function operation(name: string): Operation {
  const found = OPERATIONS.get(name);
  if (found === undefined) throw new Error(name);
  return found;
}

test.each([
  ["metadata[keybrake_key]=x", "keybrake_key"],
  ["metadata[a]=1&metadata[keybrake_anything]=x", "keybrake_anything"],
  ["metadata[KeyBrake_Run]=x", "KeyBrake_Run"],
  ["payment_intent_data[metadata][keybrake_key]=x", "keybrake_key"],
  ["line_items[0][price_data][product_data][metadata][keybrake_key]=x", "keybrake_key"],
  ["metadata[keybrake]=x&keybrake_key=y", null],
  ["metadata[a]=keybrake_key", null],
  ["metadata=", null],
  ["", null],
])("reserved in %s: %s", (body, key) => {
  expect(reservedMetadataKey(params(body))).toBe(key);
});

describe("stampMetadata", () => {
  const stamp = { key: "key_1", call: "call_1", run: "run_1", agent: "billing" };
  const stamped = (name: string, body: string) =>
    encodeForm(stampMetadata(operation(name), params(body), stamp));
  const STAMP =
    "metadata[keybrake_key]=key_1&metadata[keybrake_call]=call_1&metadata[keybrake_run]=run_1&metadata[keybrake_agent]=billing";

  test.each([
    ["charges.create", "amount=5", `amount=5&${STAMP}`],
    ["charges.create", "metadata[a]=b&amount=5", `metadata[a]=b&${STAMP}&amount=5`],
    ["charges.create", "metadata=", STAMP],
    ["refunds.create", "charge=ch_1", `charge=ch_1&${STAMP}`],
    ["transfers.createReversal", "", STAMP],
    // Not the maker's: an update, a capture, an object without money, an operation without metadata.
    ["charges.update", "description=x", "description=x"],
    ["charges.capture", "amount=5", "amount=5"],
    ["paymentIntents.capture", "", ""],
    ["customers.create", "name=x", "name=x"],
    ["billing.meterEvents.create", "", ""],
    ["charges.list", "limit=3", "limit=3"],
    // Stripe's own error is the better answer.
    ["charges.create", "metadata=text", "metadata=text"],
  ])("%s %s", (name, body, expected) => {
    expect(stamped(name, body)).toBe(expected);
  });

  test("makes a new object and leaves the given one alone", () => {
    const given = params("metadata[a]=b");
    stampMetadata(operation("charges.create"), given, stamp);
    expect(encodeForm(given)).toBe("metadata[a]=b");
  });

  test("leaves out what is not known and cuts what is too long", () => {
    const long = stampMetadata(operation("charges.create"), params(""), {
      key: "key_1",
      call: "call_1",
      run: `${"x".repeat(499)}💶`,
      agent: "",
    });
    expect(encodeForm(long)).toBe(
      `metadata[keybrake_key]=key_1&metadata[keybrake_call]=call_1&metadata[keybrake_run]=${"x".repeat(499)}`,
    );
  });
});
