import { expect } from "vitest";
import {
  ANSWER,
  admission,
  allPages,
  claim,
  START,
  settlement,
  sharedBudget,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

/** The vendor asks a person before it moves anything. */
const awaiting = (callId: string) =>
  unknown(callId, {
    state: "awaiting",
    code: "approval_required",
    status: 402,
    objectId: "apr_1",
    answer: ANSWER,
  });

export const unresolvedSection: Section = (test) => {
  test("awaiting: the hold stays, and a repeat is answered as the first was", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(awaiting("one"));
    expect(await ledger.getCall("one")).toMatchObject({
      state: "awaiting",
      settledBy: null,
      objectId: "apr_1",
    });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000, spentMicros: 0 });
    expect(await ledger.admit(admission("two", {}, { claim: claim("one") }))).toMatchObject({
      kind: "replay",
      answer: ANSWER,
    });
    expect(await ledger.verify(START)).toMatchObject({ awaitingMicros: 1_000_000, problems: [] });
    await ledger.settle(
      settlement("one", { by: { kind: "reconciler", sentAt: START + 2 }, status: null, objectId: "ch_7" }),
    );
    expect(await ledger.getCall("one")).toMatchObject({
      state: "posted",
      settledBy: "reconciler",
      status: 402,
      code: "approval_required",
      objectId: "ch_7",
    });
    expect(await ledger.verify(START)).toMatchObject({ awaitingMicros: 0, problems: [] });
  });

  test("a row says who settled it, and a person's reason", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    for (const callId of ["answered", "by hand"]) await ledger.admit(admission(callId));
    await ledger.settle(settlement("answered"));
    await ledger.settle(unknown("by hand"));
    expect(await ledger.getCall("by hand")).toMatchObject({ settledBy: null, settledReason: null });
    await ledger.settle(voided("by hand", { by: { kind: "person", reason: "looked in the dashboard" } }));
    expect(await ledger.getCall("answered")).toMatchObject({ settledBy: "answer", settledReason: null });
    expect(await ledger.getCall("by hand")).toMatchObject({
      state: "voided",
      settledBy: "person",
      settledReason: "looked in the dashboard",
    });
  });

  test("nobody but its sender settles a call in flight, nor one that was sent again since", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    const found = (sentAt: number) => settlement("one", { by: { kind: "reconciler", sentAt } });
    const inFlight = { code: "call_in_flight" };
    await expect(ledger.settle(found(START + 2))).rejects.toMatchObject(inFlight);
    const byHand = voided("one", { by: { kind: "person", reason: "looked" } });
    await expect(ledger.settle(byHand)).rejects.toMatchObject(inFlight);
    await ledger.settle(unknown("one"));
    const again = admission("two", { at: START + 60_000 }, { claim: claim("one") });
    expect(await ledger.admit(again)).toMatchObject({ kind: "resend", callId: "one" });
    await expect(ledger.settle(found(START + 2))).rejects.toMatchObject(inFlight);
    await ledger.settle(unknown("one"));
    await expect(ledger.settle(found(START + 2))).rejects.toMatchObject(inFlight);
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
    await ledger.settle(found(START + 60_002));
    await expect(ledger.settle(found(START + 60_002))).rejects.toMatchObject({
      code: "call_already_settled",
    });
  });

  test("what nobody works on is listed, oldest first, with what was sent and when", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    for (const callId of ["a", "b", "c", "d", "e"]) await books.ledger.admit(admission(callId));
    await books.ledger.settle(awaiting("a"));
    await books.ledger.settle(unknown("b"));
    await books.ledger.settle(settlement("c"));
    await books.ledger.settle(voided("d"));
    await books.crash();
    const { ledger } = books;
    const rows = await allPages((cursor) => ledger.listUnresolved({ limit: 1, cursor }));
    expect(rows.map(({ call, sentAt, body }) => [call.callId, call.state, sentAt, body])).toEqual([
      ["a", "awaiting", START + 2, "amount=100&reference=a"],
      ["b", "unknown", START + 2, "amount=100&reference=b"],
      ["e", "unknown", START + 2, "amount=100&reference=e"],
    ]);
  });

  test("what is reserved is summed by its state, for all or for one budget", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team"));
    await ledger.createVaultKey(vaultKey("key", { budgets: ["team"] }));
    await ledger.createVaultKey(vaultKey("alone"));
    await ledger.createVaultKey(vaultKey("played", { simulate: true, budgets: ["team"] }));
    for (const [index, callId] of ["a", "b", "c"].entries())
      await ledger.admit(admission(callId, { at: START + index }));
    await ledger.admit(admission("d", { vaultKeyId: "alone" }));
    await ledger.admit(admission("e", { vaultKeyId: "played", simulate: true }));
    for (const callId of ["a", "b", "e"]) await ledger.settle(unknown(callId));
    const two = { state: "unknown", calls: 2, usdMicros: 2_000_000, oldestAt: START };
    const held = (calls: number, oldestAt: number) => ({
      ...{ state: "held", calls, usdMicros: calls * 1_000_000, oldestAt },
    });
    const sums = async (filter?: Parameters<typeof ledger.sumUnresolved>[0]) =>
      [...(await ledger.sumUnresolved(filter))].sort((a, b) => (a.state < b.state ? -1 : 1));
    expect(await sums()).toEqual([held(2, START), two]);
    expect(await sums({ budget: "team", vaultKeyId: "key" })).toEqual([held(1, START + 2), two]);
    expect(await sums({ budget: null, vaultKeyId: "alone" })).toEqual([held(1, START)]);
  });
};
