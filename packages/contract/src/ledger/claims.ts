import { expect } from "vitest";
import {
  ANSWER,
  admission,
  claim,
  claimed,
  counted,
  daily,
  START,
  settlement,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

const REFUSED = { kind: "refused", cap: null, first: null, approval: null };

const AGAIN = { claim: claim("one") };

export const claimsSection: Section = (test) => {
  test("a claim is shown with the call that has it", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    expect(await ledger.findClaim(claimed("one"))).toBeNull();
    await ledger.admit(admission("one"));
    const shown = { callId: "one", vaultKeyId: "key", actDigest: "digest of one", state: "held" };
    expect(await ledger.findClaim(claimed("one"))).toEqual(shown);
    expect(await ledger.findClaim(claimed("one", { scope: "acct_2" }))).toBeNull();
    await ledger.settle(settlement("one"));
    expect(await ledger.findClaim(claimed("one"))).toEqual({ ...shown, state: "posted" });
  });

  test("another key repeats only what it has looked at, and what its own caps could hold", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("narrow", { ownBudget: daily(999_999) }));
    await ledger.createVaultKey(vaultKey("read-only", { ownBudget: daily(0) }));
    await ledger.createVaultKey(vaultKey("wide", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    const ask = (vaultKeyId: string, repeats: string | null, callId = `${vaultKeyId} ${repeats}`) =>
      ledger.admit(admission(callId, { vaultKeyId }, { ...AGAIN, repeats }));
    for (const [settled, kind] of [
      [unknown("one"), "resend"],
      [settlement("one"), "replay"],
    ] as const) {
      await ledger.settle(settled);
      for (const unseen of [null, "another"]) {
        expect(await ask("wide", unseen)).toEqual({ kind: "claim_changed" });
        expect(await ledger.getCall(`wide ${unseen}`)).toBeNull();
      }
      for (const vaultKeyId of ["narrow", "read-only"]) {
        const refused = await ask(vaultKeyId, "one", `${vaultKeyId} ${kind}`);
        expect(refused).toMatchObject({ kind: "refused", code: "spend_cap_exceeded" });
        expect(await ledger.getCall("one")).toMatchObject({ state: settled.state });
      }
      expect(await ask("wide", "one", `wide ${kind}`)).toMatchObject({ kind });
    }
    expect(await ledger.getVaultKey("wide", START)).toMatchObject({ spentMicros: 0, heldMicros: 0 });
  });

  test("another key under one claim must say the very same, and its own key what the act is", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("tenant"));
    const said = (sharedDigest: string) => ({
      claim: claim("one", { sharedDigest, actDigest: "an order" }),
    });
    await ledger.admit(admission("one", {}, said("the order of A")));
    await ledger.settle(settlement("one"));
    const ask = (vaultKeyId: string, words: string) =>
      ledger.admit(admission(`${vaultKeyId} ${words}`, { vaultKeyId }, { ...said(words), repeats: "one" }));
    expect(await ask("key", "the order, reworded")).toMatchObject({ kind: "replay" });
    expect(await ask("tenant", "the order of B")).toMatchObject({ code: "idempotency_error" });
    expect(await ask("tenant", "the order of A")).toMatchObject({ kind: "replay" });
  });

  test("while the act is in flight, others wait: no row, no hold", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    expect(await ledger.admit(admission("two", {}, AGAIN))).toEqual({ kind: "in_flight", callId: "one" });
    expect(await ledger.getCall("two")).toBeNull();
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000, calls: 1 });
    // The one who waited asks again under the same id.
    await ledger.settle(settlement("one"));
    expect(await ledger.admit(admission("two", {}, AGAIN))).toMatchObject({ kind: "replay" });
  });

  test("a finished act is replayed: the stored answer, a row of its own, no money", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one", { objectId: "ch_9" }));
    const replay = await ledger.admit(admission("two", { runId: "resumed" }, { ...AGAIN, repeats: "one" }));
    expect(replay).toEqual({ kind: "replay", callId: "one", answer: ANSWER });
    expect(await ledger.getCall("two")).toMatchObject({
      decision: "replayed",
      code: null,
      state: "none",
      status: 200,
      objectId: "ch_9",
      runId: "resumed",
      latencyMs: 2,
    });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      spentMicros: 1_000_000,
      heldMicros: 0,
      calls: 1,
    });
    expect(await ledger.countedMicros(counted("ch_9"))).toBe(1_000_000);
  });

  test("a refusal of the upstream is an answer, and is replayed too", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    const declined = { status: 402, headers: {}, body: '{"error":{"code":"card_declined"}}' };
    await ledger.settle(voided("one", { status: 402, code: "card_declined", answer: declined }));
    const replay = await ledger.admit(admission("two", {}, AGAIN));
    expect(replay).toEqual({ kind: "replay", callId: "one", answer: declined });
    expect(await ledger.getCall("two")).toMatchObject({ status: 402, code: "card_declined" });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 0, heldMicros: 0 });
  });

  test("the same claim for another act is a mistake, in every state of the first", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const other = { claim: claim("one", { actDigest: "another act" }) };
    const refused = { ...REFUSED, code: "idempotency_error" };
    await ledger.admit(admission("one"));
    expect(await ledger.admit(admission("two", {}, other))).toEqual(refused);
    await ledger.settle(unknown("one"));
    expect(await ledger.admit(admission("three", {}, other))).toEqual(refused);
    await ledger.settle(settlement("one"));
    expect(await ledger.admit(admission("four", {}, other))).toEqual(refused);
    expect(await ledger.getCall("four")).toMatchObject({ decision: "denied", code: "idempotency_error" });
  });

  test("a claim is unique within its scope and shared by the keys of it", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("other"));
    await ledger.admit(admission("one"));
    const elsewhere = { claim: claim("one", { scope: "acct_2" }) };
    expect(await ledger.admit(admission("two", {}, elsewhere))).toEqual({ kind: "admitted" });
    const sameAct = admission("three", { vaultKeyId: "other" }, AGAIN);
    expect(await ledger.admit(sameAct)).toEqual({ kind: "in_flight", callId: "one" });
  });

  test("a voided act without an answer gives its claim back: it may be tried anew", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    await ledger.settle(voided("one"));
    expect(await ledger.findClaim(claimed("one"))).toBeNull();
    const anew = { claim: claim("one", { actDigest: "another act", body: "another body" }) };
    expect(await ledger.admit(admission("two", {}, anew))).toEqual({ kind: "admitted" });
    expect(await ledger.findClaim(claimed("one"))).toMatchObject({ callId: "two" });
    await ledger.settle(voided("two"));
    expect(await ledger.admit(admission("three", {}, AGAIN))).toEqual({ kind: "admitted" });
    expect(await ledger.getCall("one")).toMatchObject({ state: "voided" });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("an act that moved money and left no answer is never executed again", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one", { answer: null }));
    const again = await ledger.admit(admission("two", {}, AGAIN));
    expect(again).toEqual({ ...REFUSED, code: "outcome_unresolved" });
  });

  test("a claim and its answer outlive a restart", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    await books.ledger.admit(admission("one"));
    await books.ledger.settle(settlement("one"));
    await books.reopen();
    const again = await books.ledger.admit(admission("two", {}, AGAIN));
    expect(again).toEqual({ kind: "replay", callId: "one", answer: ANSWER });
  });

  test("a kept refusal lapses by key; a kept success does not", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const declined = { status: 402, headers: {}, body: '{"error":{"code":"card_declined"}}' };
    await ledger.admit(admission("one"));
    await ledger.settle(voided("one", { status: 402, code: "card_declined", answer: declined }));
    const later = { ...AGAIN, claimLapsedBefore: START + 1 };
    expect(await ledger.admit(admission("two", {}, later))).toEqual({ kind: "admitted" });
    await ledger.settle(settlement("two"));
    expect(await ledger.admit(admission("three", {}, later))).toMatchObject({
      kind: "replay",
      callId: "two",
    });
  });

  test("a revoked or expired key gets no replay", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { expiresAt: START + 10 }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one"));
    const expired = admission("two", { at: START + 10 }, AGAIN);
    expect(await ledger.admit(expired)).toMatchObject({ code: "vault_key_expired" });
    await ledger.revokeVaultKey("key", START);
    expect(await ledger.admit(admission("three", {}, AGAIN))).toMatchObject({ code: "vault_key_revoked" });
  });
};
