import { BUDGET_WINDOW_MS } from "@keybrake/ledger";
import { expect } from "vitest";
import { ANSWER, admission, claim, START, settlement, unknown, vaultKey, voided } from "./fixtures.ts";
import type { Section } from "./section.ts";

export const recoverySection: Section = (test) => {
  test("what was in flight when the process died is unknown, its hold kept", async (books) => {
    await books.ledger.createBudget({ name: "team", dailyCapCents: 1000, createdAt: START });
    await books.ledger.createVaultKey(vaultKey("key", { dailyCapCents: 300, budget: "team" }));
    for (const callId of ["held", "posted", "voided"]) await books.ledger.admit(admission(callId));
    await books.ledger.settle(settlement("posted"));
    await books.ledger.settle(voided("voided"));
    await books.ledger.admit(admission("read", { usdCents: 0 }, { claim: null }));
    await books.crash();
    const { ledger } = books;
    const states = ["held", "posted", "voided", "read"].map(async (id) => (await ledger.getCall(id))?.state);
    expect(await Promise.all(states)).toEqual(["unknown", "posted", "voided", "none"]);
    expect(await ledger.getCall("held")).toMatchObject({ status: null, usdCents: 100 });
    const used = { spentCents: 100, heldCents: 100 };
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ ...used, remainingCents: 100, calls: 4 });
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject(used);
    expect(await ledger.verify(START)).toMatchObject({ unknownCents: 100, heldCents: 0, problems: [] });
  });

  test("after a crash the act is sent again and settled once", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key", { dailyCapCents: 100 }));
    await books.ledger.admit(admission("one"));
    await books.crash();
    const again = admission("two", {}, { claim: claim("one", { body: "reworded" }) });
    expect(await books.ledger.admit(again)).toEqual({
      kind: "resend",
      callId: "one",
      body: "amount=100&reference=one",
      upstreamKey: "upstream one",
    });
    // It dies once more while it is sent again.
    await books.crash();
    expect(await books.ledger.admit(again)).toMatchObject({ kind: "resend", callId: "one" });
    await books.ledger.settle(settlement("one"));
    expect(await books.ledger.admit(again)).toEqual({ kind: "replay", callId: "one", answer: ANSWER });
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ spentCents: 100, heldCents: 0 });
  });

  test("an unknown outcome stays unknown over any number of crashes", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    await books.ledger.admit(admission("one"));
    await books.ledger.settle(unknown("one"));
    await books.crash();
    await books.crash();
    expect(await books.ledger.getCall("one")).toMatchObject({ state: "unknown", status: 504 });
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ heldCents: 100 });
  });

  test("everything that was acknowledged is there after a crash", async (books) => {
    await books.ledger.createBudget({ name: "team", dailyCapCents: 5, createdAt: START });
    await books.ledger.updateBudget("team", 10_00, START);
    await books.ledger.createVaultKey(vaultKey("key", { maxCalls: 3, ratePerMinute: 3, budget: "team" }));
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
    expect(await ledger.admit(admission("dear", { usdCents: 801 }))).toMatchObject({
      cap: { budget: "team", capCents: 1000, spentCents: 100, heldCents: 100 },
    });
    expect(await ledger.admit(admission("three"))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("four"))).toMatchObject({ code: "call_limit_exceeded" });
    const edge = START + BUDGET_WINDOW_MS;
    expect(await ledger.getVaultKey("key", edge)).toMatchObject({ spentCents: 0, heldCents: 200 });
    expect((await ledger.verify(edge)).problems).toEqual([]);
  });

  test("what waits when the ledger is closed is written; what comes later is refused", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const closing = books.ledger;
    const pending = closing.admit(admission("one"));
    await closing.close();
    expect(await pending).toEqual({ kind: "admitted" });
    await expect(closing.admit(admission("two"))).rejects.toMatchObject({ code: "store_closed" });
    await expect(closing.getCall("one")).rejects.toMatchObject({ code: "store_closed" });
    await expect(closing.ping()).rejects.toMatchObject({ code: "store_closed" });
    await closing.close();
    await books.reopen();
    expect(await books.ledger.getCall("one")).toMatchObject({ state: "unknown" });
    expect(await books.ledger.getCall("two")).toBeNull();
  });

  test("ping resolves on a store that can be written", async ({ ledger }) => {
    await expect(ledger.ping()).resolves.toBeUndefined();
  });
};
