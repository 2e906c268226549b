import { DAILY_WINDOW_MS, type Ledger } from "@keybrake/ledger";
import { expect } from "vitest";
import { admission, daily, START, settlement, sharedBudget, unknown, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

/** Charges and posts at once. */
async function spend(ledger: Ledger, callId: string, at: number, usdMicros = 1_000_000): Promise<void> {
  expect(await ledger.admit(admission(callId, { at, usdMicros }))).toEqual({ kind: "admitted" });
  await ledger.settle(settlement(callId, { at, usdMicros }));
}

export const windowSection: Section = (test) => {
  test("posted money leaves the window 24 h later, to the millisecond", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await spend(ledger, "one", START);
    const edge = START + DAILY_WINDOW_MS;
    expect(await ledger.getVaultKey("key", edge - 1)).toMatchObject({
      spentMicros: 1_000_000,
      remainingMicros: 0,
    });
    expect(await ledger.getVaultKey("key", edge)).toMatchObject({
      spentMicros: 0,
      remainingMicros: 1_000_000,
    });
    expect(await ledger.admit(admission("early", { at: edge - 1 }))).toMatchObject({
      code: "spend_cap_exceeded",
    });
    expect(await ledger.admit(admission("in time", { at: edge }))).toEqual({ kind: "admitted" });
  });

  test("looking at a later moment changes nothing", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await spend(ledger, "one", START);
    await ledger.getVaultKey("key", START + 2 * DAILY_WINDOW_MS);
    await ledger.verify(START + 2 * DAILY_WINDOW_MS);
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000 });
    expect(await ledger.admit(admission("two"))).toMatchObject({ code: "spend_cap_exceeded" });
  });

  test("the window rolls: each posting leaves by itself, also those of one millisecond", async ({
    ledger,
  }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 10_000_000 }));
    await ledger.createVaultKey(vaultKey("key", { budgets: ["team"] }));
    await spend(ledger, "one", START, 1);
    await spend(ledger, "two", START, 20);
    await spend(ledger, "three", START + 1, 300);
    const spentAt = async (at: number) => {
      const { data } = await ledger.listBudgets({ limit: 1 }, at);
      return [(await ledger.getVaultKey("key", at))?.spentMicros, data[0]?.spentMicros];
    };
    const edge = START + DAILY_WINDOW_MS;
    expect(await spentAt(edge - 1)).toEqual([321, 321]);
    expect(await spentAt(edge)).toEqual([300, 300]);
    expect(await spentAt(edge + 1)).toEqual([0, 0]);
    await spend(ledger, "four", edge, 4000 / 1000);
    expect(await spentAt(edge)).toEqual([304, 304]);
    expect((await ledger.verify(edge)).problems).toEqual([]);
  });

  test("money counts from when the outcome was learnt, not from when it was asked for", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one", { at: START + 5000 }));
    const asked = START + DAILY_WINDOW_MS;
    expect(await ledger.getVaultKey("key", asked)).toMatchObject({ spentMicros: 1_000_000 });
    expect(await ledger.getVaultKey("key", asked + 5000)).toMatchObject({ spentMicros: 0 });
  });

  test("holds never leave by themselves, known or unknown", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(2_000_000) }));
    await ledger.admit(admission("held"));
    await ledger.admit(admission("unknown"));
    await ledger.settle(unknown("unknown"));
    const later = START + 10 * DAILY_WINDOW_MS;
    expect(await ledger.getVaultKey("key", later)).toMatchObject({
      heldMicros: 2_000_000,
      remainingMicros: 0,
    });
    expect(await ledger.admit(admission("refused", { at: later }))).toMatchObject({
      code: "spend_cap_exceeded",
    });
  });

  test("a clock that steps back frees nothing and keeps nothing longer than it stood still", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(2_000_000) }));
    await spend(ledger, "one", START);
    const back = START - 2 * DAILY_WINDOW_MS;
    expect(await ledger.getVaultKey("key", back)).toMatchObject({ spentMicros: 1_000_000 });
    await spend(ledger, "two", back);
    expect(await ledger.getVaultKey("key", back)).toMatchObject({ spentMicros: 2_000_000 });
    expect(await ledger.admit(admission("three", { at: back }))).toMatchObject({
      code: "spend_cap_exceeded",
    });
    // The row says when its caller believed it to be.
    expect(await ledger.getCall("two")).toMatchObject({ at: back });
    const edge = START + DAILY_WINDOW_MS;
    expect(await ledger.admit(admission("four", { at: edge - 1 }))).toMatchObject({
      code: "spend_cap_exceeded",
    });
    expect(await ledger.getVaultKey("key", edge)).toMatchObject({ spentMicros: 0 });
    expect((await ledger.verify(edge)).problems).toEqual([]);
  });

  test("a clock that steps forward and back frees what left the window once, not twice", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await spend(ledger, "one", START);
    await spend(ledger, "two", START + DAILY_WINDOW_MS);
    expect(await ledger.admit(admission("three", { at: START }))).toMatchObject({
      code: "spend_cap_exceeded",
    });
    expect(await ledger.admit(admission("four", { at: START + 2 * DAILY_WINDOW_MS }))).toEqual({
      kind: "admitted",
    });
  });

  test("a clock that steps back does not reset the rate", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ratePerMinute: 1 }));
    expect(await ledger.admit(admission("one"))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("two", { at: START - 3_600_000 }))).toMatchObject({
      code: "rate_limited",
    });
  });

  test("ledger time outlives a restart", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await spend(books.ledger, "one", START);
    await books.reopen();
    const { ledger } = books;
    const back = START - 2 * DAILY_WINDOW_MS;
    expect(await ledger.admit(admission("two", { at: back }))).toMatchObject({ code: "spend_cap_exceeded" });
    const edge = START + DAILY_WINDOW_MS;
    expect(await ledger.admit(admission("three", { at: edge - 1 }))).toMatchObject({
      code: "spend_cap_exceeded",
    });
    expect(await ledger.admit(admission("four", { at: edge }))).toEqual({ kind: "admitted" });
  });
};
