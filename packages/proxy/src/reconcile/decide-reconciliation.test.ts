import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { decideReconciliation, type ReconciliationFacts, type TraceEnd } from "./decide-reconciliation.ts";

const SENT_AT = 1_800_000_000_000;
const LATE = SENT_AT + LIMITS.absentAfterMs;

function decide(end: TraceEnd, changes: Partial<ReconciliationFacts> = {}) {
  return decideReconciliation(end, {
    now: LATE,
    sentAt: SENT_AT,
    watchedSince: SENT_AT - 1,
    sameCredential: true,
    clockDifferenceMs: 0,
    holdsUnpaid: false,
    ...changes,
  }).kind;
}

test("what is found is posted, whoever asked and whenever", () => {
  const found: TraceEnd = { kind: "found", object: {}, objectId: "ch_1", unpaid: false };
  expect(decide(found, { now: SENT_AT, sameCredential: false, clockDifferenceMs: null })).toBe("posted");
});

test.each([
  [true, true, "unpaid"],
  [true, false, "posted"],
  [false, true, "posted"],
])("found, unpaid: %s, under a policy that holds what is: %s", (unpaid, holdsUnpaid, expected) => {
  const found: TraceEnd = { kind: "found", object: {}, objectId: "pi_1", unpaid };
  expect(decide(found, { holdsUnpaid })).toBe(expected);
});

test("what the vendor refused is voided at once", () => {
  expect(decide({ kind: "refused" }, { now: SENT_AT })).toBe("voided");
});

test.each<[string, Partial<ReconciliationFacts>, string]>([
  ["late enough", {}, "voided"],
  ["the vendor's clock unknown", { clockDifferenceMs: null }, "voided"],
  ["a moment too early", { now: LATE - 1 }, "waiting"],
  ["watched for too short a time, whatever the clock says", { watchedSince: LATE - 1 }, "waiting"],
  ["sent in the future of this clock", { sentAt: LATE + 1 }, "waiting"],
  ["another credential", { sameCredential: false }, "unsettled"],
  ["a vendor an hour ahead", { clockDifferenceMs: LIMITS.clockDifferenceMs }, "unsettled"],
  ["a vendor an hour behind", { clockDifferenceMs: -LIMITS.clockDifferenceMs }, "unsettled"],
])("absence, %s", (_, changes, expected) => {
  expect(decide({ kind: "absent" }, changes)).toBe(expected);
});

test("what is not decided or not answered waits; what cannot be traced is a person's", () => {
  expect(decide({ kind: "pending" })).toBe("waiting");
  expect(decide({ kind: "unanswered", reason: "Stripe cannot be reached" })).toBe("waiting");
  expect(decide({ kind: "untraceable", reason: "an update leaves nothing" })).toBe("unsettled");
});
