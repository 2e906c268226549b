import { describe, expect, test } from "vitest";
import { type AdmissionClaim, type AdmissionState, decideAdmission } from "./decide-admission.ts";
import type { AdmitRequest, ClaimRequest } from "./requests.ts";
import type { CallState } from "./types.ts";

/** What the proxy answers each refusal with. */
const REFUSAL_STATUS = {
  invalid_vault_key: 401,
  vault_key_revoked: 401,
  vault_key_expired: 401,
  vault_key_paused: 401,
  idempotency_error: 400,
  possible_repeat: 409,
  outcome_unresolved: 400,
  call_limit_exceeded: 429,
  rate_limited: 429,
  spend_cap_exceeded: 429,
  approval_denied: 403,
  approval_required: 403,
} as const;

const NOW = 1_000_000;
const ANSWER = { status: 200, headers: {}, body: "{}" };

function state(
  changes: Partial<AdmissionState> = {},
  key: Partial<AdmissionState["key"]> = {},
): AdmissionState {
  return {
    now: NOW,
    key: {
      ...{ id: "key", expiresAt: NOW + 1, revokedAt: null, maxCalls: null, calls: 0, ratePerMinute: null },
      ...{ pausedAt: null, pausedAbove: 0, hash: "hash", previousHash: null, previousEndsAt: null },
      ...key,
    },
    stops: [],
    rateAnchorAt: null,
    claim: null,
    others: [],
    books: [{ name: null, windowMs: 1000, capMicros: 100, heldMicros: 0, postedMicros: 0 }],
    approvals: [],
    ...changes,
  };
}

function request(usdMicros: number, changes: Partial<AdmitRequest> = {}): AdmitRequest {
  return {
    facts: {
      callId: "call",
      at: NOW,
      vaultKeyId: "key",
      vaultKeyName: "key",
      vendor: "stripe",
      account: "default",
      simulate: false,
      role: null,
      labels: {},
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
      usdMicros,
    },
    keyHash: "hash",
    claim: {
      scope: "scope",
      key: "claim",
      by: "key",
      otherKeys: [],
      actDigest: "digest",
      sharedDigest: "digest",
      callerKey: null,
      isKeyChosen: false,
      endsWithDelivery: false,
      body: "body",
      upstreamIdempotencyKey: "upstream",
    },
    repeats: null,
    objectId: null,
    approval: null,
    latencyMs: 0,
    deadlineTime: 0,
    resendNotBefore: 0,
    claimLapsedBefore: 0,
    refusalStatus: REFUSAL_STATUS,
    ...changes,
  };
}

function claimed(callState: CallState, changes: Partial<AdmissionClaim> = {}): AdmissionClaim {
  return {
    ...{ callId: "first", vaultKeyId: "key", usdMicros: 100 },
    actDigest: "digest",
    sharedDigest: changes.actDigest ?? "digest",
    state: callState,
    at: NOW - 10,
    postedAt: callState === "posted" ? NOW - 5 : null,
    objectId: null,
    body: "first body",
    upstreamIdempotencyKey: "first key",
    answer: null,
    idempotencyKey: null,
    delivered: false,
    ...changes,
  };
}

/** Asks for what is known to be the act of the call "first". */
function unpriced(asked: AdmitRequest): AdmitRequest {
  const claim = asked.claim === null ? null : { ...asked.claim, body: null };
  return { ...asked, claim, repeats: "first" };
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

  test("a key ends when the first of two times says so, and nothing is freed by the other", () => {
    const { expiresAt } = state().key;
    expect(outcome(state(), request(100, { deadlineTime: expiresAt - 1 }))).toBe("held");
    expect(outcome(state(), request(100, { deadlineTime: expiresAt }))).toBe("vault_key_expired");
    expect(outcome(state({ now: expiresAt }), request(100))).toBe("vault_key_expired");
    const limited = state({ rateAnchorAt: NOW - 1 }, { ratePerMinute: 1, expiresAt: NOW + 1_000_000 });
    expect(outcome(limited, request(100, { deadlineTime: NOW + 500_000 }))).toBe("rate_limited");
  });

  test("each refusal stands before all that come after it", () => {
    const broken = state(
      {
        now: NOW + 1,
        claim: claimed("unknown", { actDigest: "another" }),
        books: [{ name: null, windowMs: 1000, capMicros: 0, heldMicros: 0, postedMicros: 0 }],
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
    expect(outcome(noClaim, unpriced(asked))).toBe("claim_changed");
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
    const given = state({ claim: claimed(callState, { answer }), books: [] }, { maxCalls: 0 });
    expect(outcome(given, request(callState === "unknown" ? 100 : 1_000_000))).toBe(expected);
    expect(outcome(given, unpriced(request(0)))).toBe(callState === "unknown" ? "claim_changed" : expected);
  });

  test("what has grown since it was sent is sent again with what it costs now, if that has room", () => {
    const grown = (changes: Partial<AdmissionClaim> = {}) =>
      state({
        claim: claimed("unknown", { usdMicros: 60, ...changes }),
        books: [{ name: null, windowMs: 1000, capMicros: 100, heldMicros: 60, postedMicros: 0 }],
      });
    expect(decideAdmission(grown(), request(59))).toMatchObject({ kind: "resend", raiseMicros: 0 });
    expect(decideAdmission(grown(), request(100))).toMatchObject({ kind: "resend", raiseMicros: 40 });
    expect(decideAdmission(grown(), request(101))).toMatchObject({
      code: "spend_cap_exceeded",
      cap: { heldMicros: 60, requestedMicros: 41 },
    });
    // The hold is another key's, and in its budgets.
    const foreign = grown({ vaultKeyId: "other" });
    expect(outcome(foreign, request(60, { repeats: "first" }))).toBe("resend");
    expect(outcome(foreign, request(61, { repeats: "first" }))).toBe("outcome_unresolved");
  });

  test("another key's act is repeated only when it was looked at, and when the budgets could have held it", () => {
    const asked = request(0, { repeats: "first" });
    for (const callState of ["unknown", "posted"] as const) {
      const repeated = callState === "unknown" ? "resend" : "replay";
      const of = (changes: Partial<AdmissionClaim>, capMicros: number | null = 100, spent = 0) =>
        state({
          claim: claimed(callState, { vaultKeyId: "other", answer: ANSWER, ...changes }),
          books: [{ name: null, windowMs: 1000, capMicros, heldMicros: 0, postedMicros: spent }],
        });
      expect(outcome(of({}), asked)).toBe(repeated);
      expect(outcome(of({}), request(100))).toBe("claim_changed");
      expect(outcome(of({ callId: "another" }), asked)).toBe("claim_changed");
      // Nothing new is spent, so that what is spent does not matter.
      expect(outcome(of({}, 100, 100), asked)).toBe(repeated);
      expect(outcome(of({ usdMicros: 101 }), asked)).toBe("spend_cap_exceeded");
      expect(outcome(of({ usdMicros: 1 }, null), asked)).toBe("spend_cap_exceeded");
      expect(outcome(of({ usdMicros: 0 }, 0), asked)).toBe("spend_cap_exceeded");
      expect(outcome(of({ vaultKeyId: "key", usdMicros: 101 }), asked)).toBe(repeated);
    }
  });

  const byAct = (
    changes: Partial<AdmitRequest> = {},
    callerKey: string | null = null,
    claim: Partial<ClaimRequest> = {},
  ): AdmitRequest => {
    const asked = request(1, changes);
    if (asked.claim === null) throw new Error("the request claims nothing");
    return { ...asked, claim: { ...asked.claim, by: "act", actDigest: "other words", callerKey, ...claim } };
  };

  test("by act, other words are a possible repeat once the answer has reached somebody", () => {
    const known = { answer: ANSWER, delivered: true, objectId: "ch_1" };
    const first = { callId: "first", objectId: "ch_1", at: NOW - 10, answer: ANSWER };
    const given = state({ claim: claimed("posted", known) });
    expect(decideAdmission(given, byAct())).toMatchObject({ code: "possible_repeat", first });
    const lost = state({ claim: claimed("posted", { ...known, delivered: false }) });
    expect(outcome(lost, byAct())).toBe("replay");
    expect(outcome(state({ claim: claimed("held") }), byAct())).toBe("in_flight");
    expect(outcome(state({ claim: claimed("unknown") }), byAct())).toBe("resend");
    const named = state({ claim: claimed("posted", { ...known, idempotencyKey: "june" }) });
    expect(outcome(named, byAct({}, "june", { isKeyChosen: true }))).toBe("replay");
    // What an SDK made up for a call, or code for a run, says nothing of another call.
    expect(outcome(named, byAct({}, "june"))).toBe("possible_repeat");
    expect(outcome(named, byAct({}, "july"))).toBe("possible_repeat");
    const settledByHand = state({ claim: claimed("posted", { objectId: "ch_1" }) });
    expect(outcome(settledByHand, byAct())).toBe("possible_repeat");
    const equal = byAct({}, null, { actDigest: "digest" });
    expect(decideAdmission(settledByHand, equal)).toMatchObject({ first: { ...first, answer: null } });
  });

  test("an act that ends with its delivery is another one then, save under the same Idempotency-Key", () => {
    const ends = { endsWithDelivery: true, actDigest: "digest" };
    const known = { answer: ANSWER, delivered: true, idempotencyKey: "made up" };
    const given = state({ claim: claimed("posted", known) });
    const again = (callerKey: string | null, changes: Partial<AdmitRequest> = {}) =>
      byAct(changes, callerKey, ends);
    expect(outcome(given, again(null))).toBe("held");
    expect(outcome(given, again("made up anew"))).toBe("held");
    expect(outcome(given, unpriced(again(null)))).toBe("claim_changed");
    expect(outcome(given, again("made up"))).toBe("replay");
    expect(outcome(given, byAct({}, null, { ...ends, endsWithDelivery: false }))).toBe("replay");
    const lost = state({ claim: claimed("posted", { ...known, delivered: false }) });
    expect(outcome(lost, again(null))).toBe("replay");
    for (const pending of ["held", "unknown", "awaiting"] as const)
      expect(outcome(state({ claim: claimed(pending, known) }), again(null))).not.toBe("held");
    expect(outcome(given, request(1, { repeats: "first" }))).toBe("replay");
  });

  test("by key, another vault key must say the very same", () => {
    const asked = request(0, { repeats: "first" });
    const first = { answer: ANSWER, sharedDigest: "other words" };
    expect(outcome(state({ claim: claimed("posted", first) }), asked)).toBe("replay");
    const others = claimed("posted", { ...first, vaultKeyId: "other" });
    expect(outcome(state({ claim: others }), asked)).toBe("idempotency_error");
  });

  test.each([
    ["held", "in_flight"],
    ["unknown", "outcome_unresolved"],
    ["awaiting", "possible_repeat"],
    ["posted", "possible_repeat"],
    ["voided", "held"],
  ] as const)("what another operation said of the act is %s: %s, and never its answer", (given, expected) => {
    const other = claimed(given, { answer: ANSWER, objectId: "ch_1", usdMicros: 1 });
    const asked = request(100);
    expect(outcome(state({ others: [other] }), asked)).toBe(expected);
    expect(outcome(state({ others: [other] }), byAct())).toBe(expected);
    const own = claimed("posted", { answer: ANSWER });
    expect(outcome(state({ claim: own, others: [other] }), asked)).toBe("replay");
    const foreign = state({ others: [{ ...other, vaultKeyId: "other" }] });
    expect(outcome(foreign, asked)).toBe(expected);
    const books = [{ name: null, windowMs: 1000, capMicros: 99, heldMicros: 0, postedMicros: 0 }];
    const unable = given === "held" ? "in_flight" : "spend_cap_exceeded";
    expect(outcome({ ...foreign, books }, asked)).toBe(unable);
  });

  test("what another operation said lapses by act with its window, and by key never", () => {
    const posted = state({ others: [claimed("posted", { answer: ANSWER })] });
    expect(outcome(posted, byAct({ claimLapsedBefore: NOW - 5 }))).toBe("possible_repeat");
    expect(outcome(posted, byAct({ claimLapsedBefore: NOW - 4 }))).toBe("held");
    expect(outcome(posted, request(1, { claimLapsedBefore: NOW }))).toBe("possible_repeat");
    const unknown = state({ others: [claimed("unknown")] });
    expect(outcome(unknown, byAct({ claimLapsedBefore: NOW }))).toBe("outcome_unresolved");
  });

  test("a claim lapses by act with its window, by key with a refusal, and never while it is pending", () => {
    const posted = state({ claim: claimed("posted", { answer: ANSWER, actDigest: "other words" }) });
    expect(outcome(posted, byAct({ claimLapsedBefore: NOW - 5 }))).toBe("replay");
    expect(outcome(posted, byAct({ claimLapsedBefore: NOW - 4 }))).toBe("held");
    expect(outcome(posted, unpriced(byAct({ claimLapsedBefore: NOW - 4 })))).toBe("claim_changed");
    for (const pending of ["held", "unknown"] as const) {
      const given = state({ claim: claimed(pending) });
      expect(outcome(given, byAct({ claimLapsedBefore: NOW }))).not.toBe("held");
    }
    const late = { claimLapsedBefore: NOW };
    expect(outcome(state({ claim: claimed("posted", { answer: ANSWER }) }), request(1, late))).toBe("replay");
    expect(outcome(state({ claim: claimed("voided", { answer: ANSWER }) }), request(1, late))).toBe("held");
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
    const own = { name: null, windowMs: 1000, capMicros: 1000, heldMicros: 300, postedMicros: 600 };
    const shared = { name: "team", windowMs: 1000, capMicros: 150, heldMicros: 20, postedMicros: 31 };
    const decide = (micros: number) => decideAdmission(state({ books: [own, shared] }), request(micros));
    expect(decide(99)).toMatchObject({ kind: "admit" });
    expect(decide(100)).toEqual({
      kind: "refuse",
      code: "spend_cap_exceeded",
      cap: {
        budget: "team",
        windowMs: 1000,
        capMicros: 150,
        spentMicros: 31,
        heldMicros: 20,
        requestedMicros: 100,
      },
      first: null,
      notAgreed: null,
    });
    expect(decide(101)).toMatchObject({ cap: { budget: null, capMicros: 1000 } });
  });

  test("a cap of 0 anywhere lets no claim pass, even one that costs nothing", () => {
    const own = { name: null, windowMs: 1000, capMicros: 1000, heldMicros: 0, postedMicros: 0 };
    const frozen = { ...own, name: "frozen", capMicros: 0 };
    expect(outcome(state({ books: [own, frozen] }), request(0))).toBe("spend_cap_exceeded");
    expect(outcome(state({ books: [own, frozen] }), request(0, { claim: null }))).toBe("none");
    expect(outcome(state({ books: [{ ...own, postedMicros: 1000 }] }), request(0))).toBe("held");
  });

  test("counting without a cap is no permission to spend", () => {
    const uncapped = { name: null, windowMs: 1000, capMicros: null, heldMicros: 0, postedMicros: 0 };
    expect(outcome(state({ books: [uncapped] }), request(1))).toBe("spend_cap_exceeded");
    expect(outcome(state({ books: [] }), request(1))).toBe("spend_cap_exceeded");
    const shared = { name: "team", windowMs: 1000, capMicros: 5, heldMicros: 0, postedMicros: 0 };
    expect(outcome(state({ books: [uncapped, shared] }), request(5))).toBe("held");
    expect(outcome(state({ books: [uncapped, shared] }), request(6))).toBe("spend_cap_exceeded");
  });

  test("the largest amounts there are do not overflow into room", () => {
    const most = Number.MAX_SAFE_INTEGER;
    const full = { name: null, windowMs: 1000, capMicros: most, heldMicros: most, postedMicros: most };
    expect(outcome(state({ books: [full] }), request(1))).toBe("spend_cap_exceeded");
    expect(outcome(state({ books: [{ ...full, heldMicros: 0, postedMicros: 0 }] }), request(most))).toBe(
      "held",
    );
  });
});
