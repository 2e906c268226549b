import { expect } from "vitest";
import {
  ANSWER,
  admission,
  claim,
  counted,
  daily,
  START,
  settlement,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

const READ = { usdMicros: 0, amountMinor: null, currency: null };

export const settlementSection: Section = (test) => {
  test("posted: the exact figures replace the hold's, and the row is answered", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(
      settlement("one", { usdMicros: 600_000, amountMinor: 55, currency: "eur", latencyMs: 7.5 }),
    );
    expect(await ledger.getCall("one")).toMatchObject({
      state: "posted",
      usdMicros: 600_000,
      amountMinor: 55,
      currency: "eur",
      status: 200,
      code: null,
      upstreamRequestId: "req_1",
      objectId: "ch_1",
      latencyMs: 7.5,
    });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      spentMicros: 600_000,
      heldMicros: 0,
      remainingMicros: 99_400_000,
    });
  });

  test("voided: the hold is free again, the row keeps what was asked for", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    await ledger.settle(
      voided("one", { code: "card_declined", status: 402, usdMicros: 70_000, amountMinor: 7 }),
    );
    expect(await ledger.getCall("one")).toMatchObject({
      state: "voided",
      usdMicros: 1_000_000,
      amountMinor: 100,
      currency: "usd",
      code: "card_declined",
      status: 402,
    });
    expect(await ledger.admit(admission("two"))).toEqual({ kind: "admitted" });
  });

  test("unknown: the hold stays, and a later outcome settles it", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(2_000_000) }));
    for (const callId of ["moved", "not moved"]) {
      await ledger.admit(admission(callId));
      await ledger.settle(unknown(callId));
    }
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      heldMicros: 2_000_000,
      remainingMicros: 0,
    });
    expect(await ledger.admit(admission("refused"))).toMatchObject({ code: "spend_cap_exceeded" });
    await ledger.settle(settlement("moved", { status: null, latencyMs: null }));
    await ledger.settle(voided("not moved", { status: null, latencyMs: null }));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000, heldMicros: 0 });
    // A reconciler answers nobody: what was answered stays recorded.
    expect(await ledger.getCall("moved")).toMatchObject({
      state: "posted",
      status: 504,
      code: "outcome_unresolved",
      objectId: "ch_1",
      latencyMs: 12,
    });
  });

  test("unknown twice is unknown", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(unknown("one"));
    await ledger.settle(unknown("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
  });

  test("none: a read's answer is recorded and costs nothing", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(0) }));
    await ledger.admit(admission("read", READ, { claim: null }));
    await ledger.settle(
      settlement("read", { state: "none", usdMicros: 5_000_000, answer: null, status: 404, code: "x" }),
    );
    expect(await ledger.getCall("read")).toMatchObject({
      state: "none",
      usdMicros: 0,
      status: 404,
      code: "x",
    });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 0, heldMicros: 0 });
  });

  test("a read whose answer never came holds nothing", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("read", READ, { claim: null }));
    await ledger.settle(unknown("read"));
    expect(await ledger.getCall("read")).toMatchObject({
      state: "none",
      status: 504,
      code: "outcome_unresolved",
    });
    await expect(ledger.settle(unknown("read"))).rejects.toMatchObject({ code: "call_already_settled" });
  });

  test("a free write is claimed, finished and replayed like any other", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1) }));
    for (const state of ["posted", "none"] as const) {
      await ledger.admit(admission(state, READ));
      await ledger.settle(settlement(state, { ...READ, state }));
      expect(await ledger.getCall(state)).toMatchObject({ state, usdMicros: 0 });
      const again = await ledger.admit(admission(`${state} again`, READ, { claim: claim(state) }));
      expect(again).toEqual({ kind: "replay", callId: state, answer: ANSWER });
    }
  });

  test("an outcome is never overwritten", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const ends = { posted: settlement, voided: voided, declined: voided } as const;
    for (const [callId, end] of Object.entries(ends)) {
      await ledger.admit(admission(callId));
      await ledger.settle(end(callId, callId === "declined" ? { answer: ANSWER } : {}));
    }
    const before = await ledger.getVaultKey("key", START);
    for (const callId of Object.keys(ends)) {
      for (const end of [settlement, voided, unknown]) {
        await expect(ledger.settle(end(callId))).rejects.toMatchObject({ code: "call_already_settled" });
      }
    }
    expect(await ledger.getVaultKey("key", START)).toEqual(before);
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("what was refused or replayed cannot be settled, and what is not there neither", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one"));
    await ledger.admit(admission("refused"));
    await ledger.admit(admission("replay", {}, { claim: claim("one") }));
    await expect(ledger.settle(settlement("refused"))).rejects.toMatchObject({
      code: "call_already_settled",
    });
    await expect(ledger.settle(settlement("replay"))).rejects.toMatchObject({ code: "call_already_settled" });
    await expect(ledger.settle(settlement("nobody"))).rejects.toMatchObject({ code: "call_not_found" });
  });

  test("a hold that costs something cannot end as a read", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    const asRead = ledger.settle(settlement("one", { state: "none" }));
    await expect(asRead).rejects.toMatchObject({ code: "settlement_invalid" });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
  });

  test("more moved than was held: the truth is posted, and verify shows the overrun", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one", { usdMicros: 1_300_000 }));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      spentMicros: 1_300_000,
      remainingMicros: 0,
    });
    expect(await ledger.admit(admission("two", { usdMicros: 10_000 }))).toMatchObject({
      code: "spend_cap_exceeded",
      cap: { spentMicros: 1_300_000 },
    });
    expect((await ledger.verify(START)).problems).toHaveLength(1);
  });

  test("more moved than was held, within the cap, is nothing to report", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one", { usdMicros: 1_300_000 }));
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("countedMicros sums what posted calls moved on an object", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    for (const callId of ["one", "two", "three", "four"]) await ledger.admit(admission(callId));
    expect(await ledger.countedMicros(counted("pi_1"))).toBe(0);
    await ledger.settle(settlement("one", { objectId: "pi_1", usdMicros: 400_000 }));
    await ledger.settle(settlement("two", { objectId: "pi_1", usdMicros: 20_000 }));
    await ledger.settle(settlement("three", { objectId: "pi_2" }));
    await ledger.settle(voided("four", { objectId: "pi_1" }));
    expect(await ledger.countedMicros(counted("pi_1"))).toBe(420_000);
  });

  test("countedMicros keeps simulated money apart from real money", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("pretend", { simulate: true }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("two", { vaultKeyId: "pretend", simulate: true }));
    await ledger.settle(settlement("one", { objectId: "pi_1", usdMicros: 400_000 }));
    await ledger.settle(settlement("two", { objectId: "pi_1", usdMicros: 20_000 }));
    expect(await ledger.countedMicros(counted("pi_1"))).toBe(400_000);
    expect(await ledger.countedMicros(counted("pi_1", { simulate: true }))).toBe(20_000);
  });

  test("verify adds up the calls", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    for (const [index, callId] of ["held", "posted", "unknown", "voided"].entries()) {
      await ledger.admit(admission(callId, { usdMicros: 10_000 * 10 ** index }));
    }
    await ledger.settle(settlement("posted", { usdMicros: 90_000 }));
    await ledger.settle(unknown("unknown"));
    await ledger.settle(voided("voided"));
    expect(await ledger.verify(START)).toEqual({
      calls: 4,
      heldMicros: 10_000,
      postedMicros: 90_000,
      unknownMicros: 1_000_000,
      awaitingMicros: 0,
      problems: [],
    });
  });
};
