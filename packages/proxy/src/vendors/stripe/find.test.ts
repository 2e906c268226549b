import { describe, expect, test } from "vitest";
import type { Trace, TracedCall } from "../trace.ts";
import { compare } from "./compare.ts";
import { trace } from "./find.ts";

const CALL: TracedCall = {
  callId: "call_1",
  operation: "charges.create",
  path: "/v1/charges",
  body: "amount=500&currency=usd&customer=cus_1",
  state: "unknown",
  objectId: null,
  sinceMs: 1_800_000_000_999,
};

function lookUp(plan: Trace): Extract<Trace, { kind: "lookup" }> {
  if (plan.kind !== "lookup") throw new Error(plan.kind);
  return plan;
}

const page = (data: readonly object[], more = false) => ({
  object: { data, has_more: more },
  missing: false,
});
const stamped = (id: string, call: string, fields: object = {}) => ({
  ...{ id, metadata: { keybrake_call: call }, status: "succeeded" },
  ...fields,
});

describe("a list is read", () => {
  test("narrowed by what the call says, page after page, until one bears the stamp", () => {
    const first = lookUp(trace(CALL));
    expect(first.path).toBe("/v1/charges?limit=100&customer=cus_1&created[gte]=1800000000");
    const second = lookUp(first.next(page([stamped("ch_9", "call_9")], true)));
    expect(second.path).toBe(`${first.path}&starting_after=ch_9`);
    expect(second.next(page([stamped("ch_1", "call_1")]))).toMatchObject({ kind: "found", objectId: "ch_1" });
    expect(second.next(page([]))).toEqual({ kind: "absent" });
    const whole = lookUp(trace({ ...CALL, sinceMs: null }));
    expect(whole.path).toBe("/v1/charges?limit=100&customer=cus_1");
  });

  test.each<[string, TracedCall, string]>([
    [
      "refunds by their charge",
      { ...CALL, operation: "refunds.create", path: "/v1/refunds", body: "charge=ch_1" },
      "/v1/refunds?limit=100&charge=ch_1&created[gte]=1800000000",
    ],
    [
      "reversals where they are made",
      { ...CALL, operation: "transfers.createReversal", path: "/v1/transfers/tr_1/reversals", body: "" },
      "/v1/transfers/tr_1/reversals?limit=100",
    ],
    [
      "cancelled subscriptions too",
      { ...CALL, operation: "subscriptions.create", path: "/v1/subscriptions" },
      "/v1/subscriptions?limit=100&customer=cus_1&created[gte]=1800000000&status=all",
    ],
  ])("%s", (_, call, path) => {
    expect(lookUp(trace(call)).path).toBe(path);
  });

  test("a failed charge is a refusal; what cannot be read proves nothing", () => {
    const first = lookUp(trace(CALL));
    expect(first.next(page([stamped("ch_1", "call_1", { status: "failed" })]))).toEqual({ kind: "refused" });
    expect(first.next({ object: { error: "?" }, missing: false })).toMatchObject({ kind: "untraceable" });
  });
});

describe("a changed object is looked at", () => {
  const change = (operation: string, path: string, body = "") =>
    lookUp(trace({ ...CALL, operation, path, body }));

  test.each<[string, string, string, object, string]>([
    ["charges.capture", "/v1/charges/ch_1/capture", "/v1/charges/ch_1", { captured: true }, "found"],
    ["charges.capture", "/v1/charges/ch_1/capture", "/v1/charges/ch_1", { captured: false }, "absent"],
    [
      "paymentIntents.capture",
      "/v1/payment_intents/pi_1/capture",
      "/v1/payment_intents/pi_1",
      { status: "processing" },
      "pending",
    ],
    [
      "paymentIntents.confirm",
      "/v1/payment_intents/pi_1/confirm",
      "/v1/payment_intents/pi_1",
      { status: "requires_payment_method" },
      "absent",
    ],
    [
      "invoices.markUncollectible",
      "/v1/invoices/in_1/mark_uncollectible",
      "/v1/invoices/in_1",
      { status: "uncollectible" },
      "found",
    ],
    [
      "subscriptions.cancel",
      "/v1/subscriptions/sub_1",
      "/v1/subscriptions/sub_1",
      { status: "canceled" },
      "found",
    ],
  ])("%s %s", (operation, path, objectPath, object, kind) => {
    const plan = change(operation, path);
    expect(plan.path).toBe(objectPath);
    expect(plan.next({ object, missing: false }).kind).toBe(kind);
  });

  test.each<[string, object, string]>([
    ["amount=100", { captured: true, amount_captured: 100 }, "found"],
    ["amount=100", { captured: true, amount_captured: 2000 }, "absent"],
  ])("a charge's capture with %s shows as %j: %s", (body, object, kind) => {
    const plan = change("charges.capture", "/v1/charges/ch_1/capture", body);
    expect(plan.next({ object, missing: false }).kind).toBe(kind);
  });

  test.each<[object, string]>([
    [{ status: "succeeded", amount_received: 100 }, "found"],
    [{ status: "succeeded", amount_received: 99 }, "absent"],
    [{ status: "succeeded", amount_received: 2000 }, "untraceable"],
    [{ status: "processing", amount_received: 0 }, "pending"],
    [{ status: "requires_capture", amount_received: 0 }, "absent"],
  ])("a part of an intent that was captured shows as %j: %s", (object, kind) => {
    const plan = change(
      "paymentIntents.capture",
      "/v1/payment_intents/pi_1/capture",
      "amount_to_capture=100",
    );
    expect(plan.next({ object, missing: false }).kind).toBe(kind);
  });

  test("an update leaves nothing to be found by", () => {
    const plan = trace({ ...CALL, operation: "customers.update", path: "/v1/customers/cus_1" });
    expect(plan).toMatchObject({ kind: "untraceable" });
  });
});

describe("an approval request", () => {
  const asked = lookUp(trace({ ...CALL, state: "awaiting", objectId: "apreq_1" }));
  const ends = (status: string, details: object = {}) =>
    asked.next({ object: { status, status_details: details }, missing: false });

  test.each([
    ["requires_review", "pending"],
    ["approved", "pending"],
    ["rejected", "refused"],
    ["canceled", "refused"],
    ["expired", "refused"],
    ["failed", "refused"],
    ["a new word", "untraceable"],
  ])("%s: %s", (status, kind) => {
    expect(ends(status).kind).toBe(kind);
  });

  test("that succeeded names what was made; where it does not, the stamp does", () => {
    const made = lookUp(ends("succeeded", { succeeded: { result: { id: "ch_7" } } }));
    expect(made.path).toBe("/v1/charges/ch_7");
    expect(made.next({ object: { id: "ch_7" }, missing: false })).toMatchObject({
      kind: "found",
      objectId: "ch_7",
    });
    expect(lookUp(ends("succeeded")).path).toContain("/v1/charges?limit=100");
  });
});

test("a posted row is compared with Stripe's object", () => {
  const row = { operation: "charges.create", objectId: "ch_1", amountMinor: 500, currency: "usd" };
  const comparison = compare(row);
  expect(comparison?.path).toBe("/v1/charges/ch_1");
  const said = (object: object, missing = false) => comparison?.differs({ object, missing });
  expect(
    said({ amount: 500, currency: "usd", status: "succeeded", refunded: true, disputed: true }),
  ).toBeNull();
  expect(said({ amount: 600, currency: "usd", status: "succeeded" })).toContain("600");
  expect(said({ amount: 500, currency: "usd", status: "failed" })).toContain("failed");
  expect(said({}, true)).toContain("no such object");
  expect(compare({ ...row, operation: "paymentIntents.update", objectId: "pi_1" })).toBeNull();
});
