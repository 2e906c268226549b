import { createLedger, DAILY_WINDOW_MS, recoverHolds } from "@keybrake/ledger";
import { expect } from "vitest";
import {
  ANSWER,
  admission,
  claim,
  daily,
  START,
  settlement,
  sharedBudget,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

export const recoverySection: Section = (test) => {
  test("what was in flight when the process died is unknown, its hold kept", async (books) => {
    await books.ledger.createBudget(sharedBudget("team", { capMicros: 10_000_000 }));
    await books.ledger.createVaultKey(vaultKey("key", { ownBudget: daily(3_000_000), budgets: ["team"] }));
    for (const callId of ["held", "posted", "voided"]) await books.ledger.admit(admission(callId));
    await books.ledger.settle(settlement("posted"));
    await books.ledger.settle(voided("voided"));
    await books.ledger.admit(admission("read", { usdMicros: 0 }, { claim: null }));
    await books.crash();
    const { ledger } = books;
    const states = ["held", "posted", "voided", "read"].map(async (id) => (await ledger.getCall(id))?.state);
    expect(await Promise.all(states)).toEqual(["unknown", "posted", "voided", "none"]);
    expect(await ledger.getCall("held")).toMatchObject({ status: null, usdMicros: 1_000_000 });
    const used = { spentMicros: 1_000_000, heldMicros: 1_000_000 };
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      ...used,
      remainingMicros: 1_000_000,
      calls: 4,
    });
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject(used);
    expect(await ledger.verify(START)).toMatchObject({
      unknownMicros: 1_000_000,
      heldMicros: 0,
      problems: [],
    });
  });

  test("after a crash the act is sent again and settled once", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await books.ledger.admit(admission("one"));
    await books.crash();
    const again = admission("two", {}, { claim: claim("one", { body: "reworded" }) });
    expect(await books.ledger.admit(again)).toEqual({
      kind: "resend",
      callId: "one",
      body: "amount=100&reference=one",
      upstreamIdempotencyKey: "upstream one",
    });
    // It dies once more while it is sent again.
    await books.crash();
    expect(await books.ledger.admit(again)).toMatchObject({ kind: "resend", callId: "one" });
    await books.ledger.settle(settlement("one"));
    expect(await books.ledger.admit(again)).toEqual({ kind: "replay", callId: "one", answer: ANSWER });
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({
      spentMicros: 1_000_000,
      heldMicros: 0,
    });
  });

  test("an unknown outcome stays unknown over any number of crashes", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    await books.ledger.admit(admission("one"));
    await books.ledger.settle(unknown("one"));
    await books.crash();
    await books.crash();
    expect(await books.ledger.getCall("one")).toMatchObject({ state: "unknown", status: 504 });
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
  });

  test("everything that was acknowledged is there after a crash", async (books) => {
    await books.ledger.createBudget(sharedBudget("team", { capMicros: 50_000 }));
    await books.ledger.updateBudget("team", 10_000_000, START);
    await books.ledger.createVaultKey(vaultKey("key", { maxCalls: 3, ratePerMinute: 3, budgets: ["team"] }));
    await books.ledger.createVaultKey(vaultKey("revoked"));
    await books.ledger.revokeVaultKey("revoked", START + 1);
    await books.ledger.admit(admission("one"));
    await books.ledger.settle(settlement("one"));
    await books.ledger.admit(admission("two"));
    const before = [await books.ledger.getVaultKey("key", START), await books.ledger.getCall("one")];
    await books.crash();
    const { ledger } = books;
    expect([await ledger.getVaultKey("key", START), await ledger.getCall("one")]).toEqual(before);
    expect(await ledger.getVaultKey("revoked", START)).toMatchObject({ revokedAt: START + 1 });
    // Budgets, counts and rates go on from where they were.
    expect(await ledger.admit(admission("dear", { usdMicros: 8_010_000 }))).toMatchObject({
      cap: { budget: "team", capMicros: 10_000_000, spentMicros: 1_000_000, heldMicros: 1_000_000 },
    });
    expect(await ledger.admit(admission("three"))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("four"))).toMatchObject({ code: "call_limit_exceeded" });
    const edge = START + DAILY_WINDOW_MS;
    expect(await ledger.getVaultKey("key", edge)).toMatchObject({ spentMicros: 0, heldMicros: 2_000_000 });
    expect((await ledger.verify(edge)).problems).toEqual([]);
  });

  test("an owner that is alive keeps its held rows; a dead one's become unknown", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const store = await books.reopenStore();
    const ledgerOf = (owner: string) => createLedger(store, { owner, parsePolicy: (stored) => stored });
    const [alive, dead, gone] = [ledgerOf("alive"), ledgerOf("dead"), ledgerOf("gone")];
    books.ledger = alive;
    await Promise.all([
      alive.admit(admission("alive")),
      dead.admit(admission("dead")),
      gone.admit(admission("gone")),
      dead.admit(admission("settled")),
    ]);
    await dead.settle(settlement("settled"));
    const owners = [
      { id: "alive", leaseEndsAt: START + 1 },
      { id: "dead", leaseEndsAt: START },
      { id: "nobody", leaseEndsAt: 0 },
    ];
    await recoverHolds(store, { owners, now: START });
    const stateOf = async (callId: string) => (await alive.getCall(callId))?.state;
    const states = ["alive", "dead", "gone", "settled"].map(stateOf);
    expect(await Promise.all(states)).toEqual(["held", "unknown", "held", "posted"]);
    expect(await alive.getVaultKey("key", START)).toMatchObject({ heldMicros: 3_000_000 });
    // The act of the dead is sent again by another, whose it is from now on.
    expect(await alive.admit(admission("again", {}, { claim: claim("dead") }))).toMatchObject({
      kind: "resend",
    });
    await recoverHolds(store, { owners, now: START });
    expect(await stateOf("dead")).toBe("held");
    await recoverHolds(store, { owners, now: START + 1 });
    expect([await stateOf("alive"), await stateOf("dead")]).toEqual(["unknown", "unknown"]);
    expect((await alive.verify(START)).problems).toEqual([]);
  });

  test("who was taken for dead settles nothing that another has sent again", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const store = await books.reopenStore();
    const ledgerOf = (owner: string) => createLedger(store, { owner, parsePolicy: (stored) => stored });
    const [alive, slow] = [ledgerOf("alive"), ledgerOf("slow")];
    books.ledger = alive;
    for (const callId of ["again", "alone"]) await slow.admit(admission(callId));
    await recoverHolds(store, { owners: [{ id: "slow", leaseEndsAt: START }], now: START });
    const repeat = admission("two", { at: START + 60_000 }, { claim: claim("again") });
    expect(await alive.admit(repeat)).toMatchObject({ kind: "resend", callId: "again" });
    // The slow one never reached the vendor, and says so when the other has.
    const late = { code: "call_in_flight" };
    await expect(slow.settle(voided("again"))).rejects.toMatchObject(late);
    await alive.settle(unknown("again"));
    await expect(slow.settle(voided("again"))).rejects.toMatchObject(late);
    await expect(slow.settle(settlement("again"))).rejects.toMatchObject(late);
    expect(await alive.getVaultKey("key", START)).toMatchObject({ heldMicros: 2_000_000, spentMicros: 0 });
    await alive.settle(settlement("again", { by: { kind: "person", reason: "looked" } }));
    // What nobody sent again is still its own to tell.
    await slow.settle(settlement("alone"));
    expect(await alive.getVaultKey("key", START)).toMatchObject({ heldMicros: 0, spentMicros: 2_000_000 });
    expect((await alive.verify(START)).problems).toEqual([]);
  });

  test("what waits when the ledger is closed is written; what comes later is refused", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const closing = books.ledger;
    const pending = closing.admit(admission("one"));
    await closing.close();
    expect(await pending).toEqual({ kind: "admitted" });
    await expect(closing.admit(admission("two"))).rejects.toMatchObject({ code: "store_closed" });
    await expect(closing.getCall("one")).rejects.toMatchObject({ code: "store_closed" });
    await expect(closing.ping(START)).rejects.toMatchObject({ code: "store_closed" });
    await closing.close();
    await books.reopen();
    expect(await books.ledger.getCall("one")).toMatchObject({ state: "unknown" });
    expect(await books.ledger.getCall("two")).toBeNull();
  });

  test("ping resolves on a store that can be written", async ({ ledger }) => {
    await expect(ledger.ping(START)).resolves.toBeUndefined();
  });
};
