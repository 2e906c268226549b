import { describe, expect, test } from "vitest";
import { CLIENT_FAILURES, clientInstruction, isFinalCode, toolInstruction } from "../codes.ts";
import { failure } from "../failure.ts";
import type { Json } from "../outcome.ts";
import { REFUSALS, type RefusalCode } from "../refusals.ts";
import { interpret } from "./interpret.ts";

const STRIPE_CODES = ["card_declined", "resource_missing", "charge_already_refunded", "amount_too_small"];
const REFUSAL_CODES = Object.keys(REFUSALS) as RefusalCode[];
const CODES = [...REFUSAL_CODES, ...Object.keys(CLIENT_FAILURES), ...STRIPE_CODES];

function interpreted(status: number, error: Record<string, Json>) {
  const call = {
    operation: "charges.create",
    write: true,
    idempotencyKey: "run-1:charges.create:0",
    unknownBefore: false,
    proxyUrl: "http://127.0.0.1:8787",
  };
  const body = { error: { type: "invalid_request_error", ...error } };
  const result = { kind: "answer", status, replayed: false, body, page: false, maybeReached: false } as const;
  return interpret(result, call, () => null);
}

const messageFor = (status: number, error: Record<string, Json>) =>
  interpreted(status, error).outcome.message;

const times = (text: string, word: string) => text.split(word).length - 1;

describe.each(CODES)("%s", (code) => {
  test("has an instruction, which says to stop exactly when the code is final", () => {
    for (const write of [true, false]) {
      const instruction = toolInstruction(code, write);
      expect(times(instruction, "Stop")).toBe(isFinalCode(code) ? 1 : 0);
      expect(instruction).toMatch(/\.$/);
    }
  });

  test("an outcome says it once, after what happened", () => {
    const { message } = failure({ code, operation: "charges.create", write: true, what: "It happened." });
    expect(message).toBe(`It happened. ${toolInstruction(code, true)}`);
  });
});

describe.each(REFUSAL_CODES)("%s of the proxy", (code) => {
  const { status, final } = REFUSALS[code];
  const instruction = toolInstruction(code, true);
  const cap = code === "spend_cap_exceeded" ? "Spend cap reached. " : "";

  test("has words for callers over HTTP: to stop or to correct the call when it is final, else how to repeat it", () => {
    const words = clientInstruction(code);
    expect(words).toMatch(/\.$/);
    expect(times(words, "Stop") + times(words, "Correct the request")).toBe(final ? 1 : 0);
    if (!final) expect(words).toMatch(/same request again.* same Idempotency-Key/);
  });

  test("a model hears its own instruction, once, and not that for callers over HTTP", () => {
    const message = `So it is. ${clientInstruction(code)}`;
    expect(messageFor(status, { code, message, keybrake: { call_id: "c", reason: "So it is." } })).toBe(
      `${cap}So it is. ${instruction}`,
    );
  });

  test("says only what is so", () => {
    expect(messageFor(status, { code, message: "So it is." })).toBe(`${cap}So it is. ${instruction}`);
  });

  test("says nothing", () => {
    for (const nothing of [{}, { message: "" }, { keybrake: { reason: "" } }])
      expect(messageFor(status, { code, ...nothing })).toBe(
        `${cap}The answer was HTTP ${status}. ${instruction}`,
      );
  });
});

test("a refusal of a newer proxy, whose code is not known here, says it once, too", () => {
  const keybrake = { call_id: "c", reason: "So it is." };
  const error = { code: "brand_new", message: "So it is. Stop: do not retry.", keybrake };
  expect(messageFor(403, error)).toBe("So it is. Stop: do not retry.");
});

test("which refusals that may pass leave it unknown whether the act was carried out", () => {
  const passing = REFUSAL_CODES.filter((code) => !REFUSALS[code].final);
  const unknown = passing.filter((code) => interpreted(REFUSALS[code].status, { code }).unknown);
  expect(unknown).toEqual([
    "store_unavailable",
    "object_in_use",
    "idempotency_key_in_use",
    "upstream_unreachable",
    "outcome_unknown",
  ]);
  expect(passing.filter((code) => !unknown.includes(code))).toEqual([
    "too_many_invalid_keys",
    "refusals_limited",
    "overloaded",
    "body_late",
    "rate_limited",
    "approval_required",
  ]);
});
