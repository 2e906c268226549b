import { describe, expect, test } from "vitest";
import { type AdmissionClaim, type AdmissionState, decideAdmission } from "./decide-admission.ts";
import type { AdmitRequest, CallState } from "./types.ts";

/** What the proxy answers each refusal with. */
const REFUSAL_STATUS = {
  vault_key_revoked: 401,
  vault_key_expired: 401,
  idempotency_error: 400,
  outcome_unresolved: 400,
  call_limit_exceeded: 429,
  rate_limited: 429,
  spend_cap_exceeded: 429,
} as const;

const NOW = 1_000_000;
const ANSWER = { status: 200, headers: {}, body: "{}" };

function state(
  changes: Partial<AdmissionState> = {},
  key: Partial<AdmissionState["key"]> = {},
): AdmissionState {
  return {
    now: NOW,
    key: { expiresAt: NOW + 1, revokedAt: null, maxCalls: null, calls: 0, ratePerMinute: null, ...key },
    rateAnchorAt: null,
    claim: null,
    budgets: [{ name: null, capCents: 100, heldCents: 0, postedCents: 0 }],
    ...changes,
  };
}

function request(usdCents: number, changes: Partial<AdmitRequest> = {}): AdmitRequest {
  return {
    facts: {
      callId: "call",
      at: NOW,
      vaultKeyId: "key",
      vaultKeyName: "key",
      role: null,
      runId: null,
      agent: null,
      conversationId: null,
      turn: null,
      traceparent: null,
      operation: null,
      method: "POST",
      path: "/",
      idempotencyKey: null,
      amountMinor: null,
      currency: null,
      usdCents,
    },
    claim: { scope: "scope", key: "claim", actDigest: "digest", body: "body", upstreamKey: "upstream" },
    priced: true,
    latencyMs: 0,
    resendNotBefore: 0,
    refusalStatus: REFUSAL_STATUS,
    ...changes,
  };
}

function claimed(callState: CallState, changes: Partial<AdmissionClaim> = {}): AdmissionClaim {
  return {
    callId: "first",
    actDigest: "digest",
    state: callState,
    at: NOW - 10,
    body: "first body",
    upstreamKey: "first key",
    answer: null,
    ...changes,
  };
}

/** The decision in one word. */
function outcome(given: AdmissionState, asked: AdmitRequest): string {
  const decision = decideAdmission(given, asked);
  if (decision.kind === "refuse") return decision.code;
  return decision.kind === "admit" ? decision.state : decision.kind;
}

describe("decideAdmission", () => {
  test("holds what costs or claims, and nothing else", () => {
    expect(outcome(state(), request(100))).toBe("held");
    expect(outcome(state(), request(100, { claim: null }))).toBe("held");
    expect(outcome(state(), request(0))).toBe("held");
    expect(outcome(state(), request(0, { claim: null }))).toBe("none");
  });

  test("each refusal stands before all that come after it", () => {
    const broken = state(
      {
        now: NOW + 1,
        claim: claimed("unknown", { actDigest: "another" }),
        budgets: [{ name: null, capCents: 0, heldCents: 0, postedCents: 0 }],
      },
      { revokedAt: 1, maxCalls: 0, ratePerMinute: 0 },
    );
    const asked = request(100, { resendNotBefore: NOW });
    expect(outcome(broken, asked)).toBe("vault_key_revoked");
    const notRevoked = { ...broken, key: { ...broken.key, revokedAt: null } };
    expect(outcome(notRevoked, asked)).toBe("vault_key_expired");
    const notExpired = { ...notRevoked, now: NOW };
    expect(outcome(notExpired, asked)).toBe("idempotency_error");
    const sameAct = { ...notExpired, claim: claimed("unknown") };
    expect(outcome(sameAct, asked)).toBe("outcome_unresolved");
    const noClaim = { ...sameAct, claim: null };
    expect(outcome(noClaim, { ...asked, priced: false })).toBe("unclaimed");
    expect(outcome(noClaim, asked)).toBe("call_limit_exceeded");
    const callsLeft = { ...noClaim, key: { ...noClaim.key, maxCalls: 1 } };
    expect(outcome(callsLeft, asked)).toBe("rate_limited");
    const rateLeft = { ...callsLeft, key: { ...callsLeft.key, ratePerMinute: null } };
    expect(outcome(rateLeft, asked)).toBe("spend_cap_exceeded");
  });

  test.each([
    ["held", ANSWER, "in_flight"],
    ["unknown", null, "resend"],
    ["posted", ANSWER, "replay"],
    ["voided", ANSWER, "replay"],
    ["none", ANSWER, "replay"],
    ["posted", null, "outcome_unresolved"],
  ] as const)("a claim whose call is %s with answer %o: %s, at any cost", (callState, answer, expected) => {
    const given = state({ claim: claimed(callState, { answer }), budgets: [] }, { maxCalls: 0 });
    expect(outcome(given, request(1_000_000))).toBe(expected);
    expect(outcome(given, request(0, { priced: false }))).toBe(expected);
  });

  test("a re-send needs the first body and must be in time, to the millisecond", () => {
    const given = state({ claim: claimed("unknown") });
    expect(outcome(given, request(1, { resendNotBefore: NOW - 10 }))).toBe("resend");
    expect(outcome(given, request(1, { resendNotBefore: NOW - 9 }))).toBe("outcome_unresolved");
    expect(outcome(state({ claim: claimed("unknown", { body: null }) }), request(1))).toBe(
      "outcome_unresolved",
    );
  });

  test("the rate limits admissions, replays and re-sends, and not those who wait", () => {
    const limit = { ratePerMinute: 5 };
    const full = { rateAnchorAt: NOW - 59_999 };
    const answered = { claim: claimed("posted", { answer: ANSWER }) };
    expect(outcome(state(full, limit), request(1))).toBe("rate_limited");
    expect(outcome(state({ ...full, ...answered }, limit), request(1))).toBe("rate_limited");
    expect(outcome(state({ ...full, claim: claimed("unknown") }, limit), request(1))).toBe("rate_limited");
    expect(outcome(state({ ...full, claim: claimed("held") }, limit), request(1))).toBe("in_flight");
    expect(outcome(state({ rateAnchorAt: NOW - 60_000 }, limit), request(1))).toBe("held");
    expect(outcome(state({ rateAnchorAt: null }, limit), request(1))).toBe("held");
  });

  test("the first budget without room is named, with its figures", () => {
    const own = { name: null, capCents: 1000, heldCents: 300, postedCents: 600 };
    const shared = { name: "team", capCents: 150, heldCents: 20, postedCents: 31 };
    const decide = (cents: number) => decideAdmission(state({ budgets: [own, shared] }), request(cents));
    expect(decide(99)).toMatchObject({ kind: "admit" });
    expect(decide(100)).toEqual({
      kind: "refuse",
      code: "spend_cap_exceeded",
      cap: { budget: "team", capCents: 150, spentCents: 31, heldCents: 20, requestedCents: 100 },
    });
    expect(decide(101)).toMatchObject({ cap: { budget: null, capCents: 1000 } });
  });

  test("counting without a cap is no permission to spend", () => {
    const uncapped = { name: null, capCents: null, heldCents: 0, postedCents: 0 };
    expect(outcome(state({ budgets: [uncapped] }), request(1))).toBe("spend_cap_exceeded");
    expect(outcome(state({ budgets: [] }), request(1))).toBe("spend_cap_exceeded");
    const shared = { name: "team", capCents: 5, heldCents: 0, postedCents: 0 };
    expect(outcome(state({ budgets: [uncapped, shared] }), request(5))).toBe("held");
    expect(outcome(state({ budgets: [uncapped, shared] }), request(6))).toBe("spend_cap_exceeded");
  });

  test("the largest amounts there are do not overflow into room", () => {
    const most = Number.MAX_SAFE_INTEGER;
    const full = { name: null, capCents: most, heldCents: most, postedCents: most };
    expect(outcome(state({ budgets: [full] }), request(1))).toBe("spend_cap_exceeded");
    expect(outcome(state({ budgets: [{ ...full, heldCents: 0, postedCents: 0 }] }), request(most))).toBe(
      "held",
    );
  });
});
