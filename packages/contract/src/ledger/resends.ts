import { expect } from "vitest";
import { admission, claim, daily, START, settlement, unknown, vaultKey, voided } from "./fixtures.ts";
import type { Section } from "./section.ts";

const REFUSED = { kind: "refused", cap: null, first: null, approval: null };

const AGAIN = { claim: claim("one") };

/** Acts whose outcome nobody knows, said again. */
export const resendsSection: Section = (test) => {
  test("an unknown outcome is sent again: the first body, the first key, one hold", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(unknown("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
    const reworded = { claim: claim("one", { body: "reworded", upstreamIdempotencyKey: "made up" }) };
    expect(await ledger.admit(admission("two", {}, reworded))).toEqual({
      kind: "resend",
      callId: "one",
      body: "amount=100&reference=one",
      upstreamIdempotencyKey: "upstream one",
    });
    expect(await ledger.getCall("two")).toBeNull();
    expect(await ledger.getCall("one")).toMatchObject({ state: "held" });
    expect(await ledger.admit(admission("three", {}, AGAIN))).toEqual({ kind: "in_flight", callId: "one" });
    await ledger.settle(settlement("one"));
    expect(await ledger.admit(admission("three", {}, AGAIN))).toMatchObject({ kind: "replay" });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      spentMicros: 1_000_000,
      heldMicros: 0,
      calls: 1,
    });
  });

  test("what has grown since is sent again with a hold for all of it, or not at all", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(3_000_000) }));
    await ledger.createVaultKey(vaultKey("other"));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("another"));
    await ledger.settle(unknown("one"));
    const ask = (callId: string, usdMicros: number, vaultKeyId = "key") =>
      ledger.admit(
        admission(
          callId,
          { usdMicros, vaultKeyId, amountMinor: Math.round(usdMicros / 10_000) },
          { ...AGAIN, repeats: "one" },
        ),
      );
    expect(await ask("two", 2_000_001)).toMatchObject({
      code: "spend_cap_exceeded",
      cap: { heldMicros: 2_000_000, requestedMicros: 1_000_001 },
    });
    expect(await ask("three", 1_000_001, "other")).toMatchObject({ code: "outcome_unresolved" });
    expect(await ledger.getCall("one")).toMatchObject({ state: "unknown", usdMicros: 1_000_000 });
    expect(await ask("four", 2_000_000)).toMatchObject({ kind: "resend", callId: "one" });
    const resent = { state: "held", usdMicros: 2_000_000, amountMinor: 200 };
    expect(await ledger.getCall("one")).toMatchObject(resent);
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 3_000_000, calls: 2 });
    // Nothing is given back before it is known: it may have been sent at any of its prices.
    await ledger.settle(unknown("one"));
    expect(await ask("five", 500_000)).toMatchObject({ kind: "resend" });
    expect(await ledger.getCall("one")).toMatchObject(resent);
    await ledger.settle(voided("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("for a key that only observes, the limits that a re-send passes are named in its row", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_500_000) }));
    await ledger.createVaultKey(vaultKey("rated", { ratePerMinute: 1 }));
    const ask = (callId: string, facts: object, request: object = {}) =>
      ledger.admit(admission(callId, facts, { observes: true, ...request }));
    const again = { ...AGAIN, repeats: "one" };
    await ask("one", {});
    await ledger.settle(unknown("one"));
    expect(await ledger.getCall("one")).toMatchObject({ wouldCode: null });
    expect(await ask("two", {}, again)).toMatchObject({ kind: "resend" });
    expect(await ledger.getCall("one")).toMatchObject({ wouldCode: null });
    await ledger.settle(unknown("one"));
    expect(await ask("three", { usdMicros: 2_000_000 }, again)).toMatchObject({ kind: "resend" });
    const passed = { state: "held", usdMicros: 2_000_000, wouldCode: "spend_cap_exceeded" };
    expect(await ledger.getCall("one")).toMatchObject(passed);
    await ledger.settle(unknown("one"));
    // What was noted first stays, and what another key's policy says is not this row's.
    await ask("four", { usdMicros: 2_000_000, wouldCode: "amount_over_limit" }, again);
    await ledger.settle(settlement("one", { usdMicros: 2_000_000 }));
    expect(await ledger.getCall("one")).toMatchObject({ ...passed, state: "posted" });
    await ask("five", { vaultKeyId: "rated" }, { claim: claim("five") });
    await ledger.settle(unknown("five"));
    await ask("six", { wouldCode: "currency_not_allowed" }, { claim: claim("five"), repeats: "five" });
    expect(await ledger.getCall("five")).toMatchObject({ state: "held", wouldCode: null });
    await ledger.settle(unknown("five"));
    await ask("seven", { vaultKeyId: "rated" }, { claim: claim("five"), repeats: "five" });
    expect(await ledger.getCall("five")).toMatchObject({ state: "held", wouldCode: "rate_limited" });
  });

  test("what may be sent again is not, while nobody knows what it costs now", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(unknown("one"));
    const unpriced = { claim: claim("one", { body: null }), repeats: "one" };
    expect(await ledger.admit(admission("two", { usdMicros: 0 }, unpriced))).toEqual({
      kind: "claim_changed",
    });
    expect(await ledger.getCall("one")).toMatchObject({ state: "unknown" });
  });

  test("the outcome of a re-send may be unknown again, and the act is sent once more", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    for (const callId of ["two", "three"]) {
      await ledger.settle(unknown("one"));
      expect(await ledger.admit(admission(callId, {}, AGAIN))).toMatchObject({
        kind: "resend",
        body: "amount=100&reference=one",
      });
    }
    await ledger.settle(voided("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 0 });
  });

  test("what the upstream may have forgotten is not sent again", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(unknown("one"));
    const late = { ...AGAIN, resendNotBefore: START + 1 };
    expect(await ledger.admit(admission("two", {}, late))).toEqual({
      ...REFUSED,
      code: "outcome_unresolved",
    });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
    const inTime = { ...AGAIN, resendNotBefore: START };
    expect(await ledger.admit(admission("three", {}, inTime))).toMatchObject({ kind: "resend" });
  });

  test("a re-send does not count against maxCalls or the cap, and is limited by the rate", async ({
    ledger,
  }) => {
    const limits = { maxCalls: 1, ownBudget: daily(1_000_000), ratePerMinute: 1 };
    await ledger.createVaultKey(vaultKey("key", limits));
    await ledger.admit(admission("one"));
    await ledger.settle(unknown("one"));
    expect(await ledger.admit(admission("two", {}, AGAIN))).toMatchObject({ code: "rate_limited" });
    const later = admission("three", { at: START + 60_000 }, AGAIN);
    expect(await ledger.admit(later)).toMatchObject({ kind: "resend" });
  });
};
