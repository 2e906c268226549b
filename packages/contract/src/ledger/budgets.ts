import { DAILY_WINDOW_MS } from "@keybrake/ledger";
import { expect } from "vitest";
import { admission, allPages, daily, START, settlement, sharedBudget, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

export const budgetsSection: Section = (test) => {
  test("a budget's name is given once and its first cap stays", async ({ ledger }) => {
    const budget = sharedBudget("team", { capMicros: 5_000_000 });
    expect(await ledger.createBudget(budget)).toBe("created");
    expect(await ledger.createBudget({ ...budget, capMicros: 90_000 })).toBe("budget_exists");
    expect((await ledger.listBudgets({ limit: 10 }, START)).data).toEqual([
      { ...budget, spentMicros: 0, heldMicros: 0, remainingMicros: 5_000_000 },
    ]);
  });

  test("budgets are listed by name, page by page; the keys' own are not among them", async ({ ledger }) => {
    // By code point, whatever the place where the store runs would say.
    const names = ["B", "a", "ab", "b b", "z:1", "ü"];
    for (const name of names.toReversed()) {
      await ledger.createBudget(sharedBudget(name, { capMicros: 10_000 }));
    }
    await ledger.createVaultKey(vaultKey("key"));
    for (const limit of [1, 2, 5]) {
      const listed = await allPages((cursor) => ledger.listBudgets({ limit, cursor }, START));
      expect(listed.map((budget) => budget.name)).toEqual(names);
    }
  });

  test("a hold is charged to the key's own budget and to the shared one", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 10_000_000 }));
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(3_000_000), budgets: ["team"] }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("two"));
    await ledger.settle(settlement("two", { usdMicros: 900_000, amountMinor: 90 }));
    const used = { spentMicros: 900_000, heldMicros: 1_000_000 };
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ ...used, remainingMicros: 1_100_000 });
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject({
      ...used,
      remainingMicros: 8_100_000,
    });
  });

  test("what remains is the least that any budget allows", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 2_500_000 }));
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(10_000_000), budgets: ["team"] }));
    await ledger.createVaultKey(vaultKey("other", { ownBudget: daily(null), budgets: ["team"] }));
    await ledger.createVaultKey(vaultKey("free", { ownBudget: daily(null) }));
    await ledger.admit(admission("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      heldMicros: 1_000_000,
      remainingMicros: 1_500_000,
    });
    expect(await ledger.getVaultKey("other", START)).toMatchObject({
      heldMicros: 0,
      remainingMicros: 1_500_000,
    });
    expect(await ledger.getVaultKey("free", START)).toMatchObject({ heldMicros: 0, remainingMicros: null });
  });

  test("a key without a cap of its own still shows what it used of the shared one", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 10_000_000 }));
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(null), budgets: ["team"] }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("two"));
    await ledger.settle(settlement("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      ownBudget: daily(null),
      spentMicros: 1_000_000,
      heldMicros: 1_000_000,
      remainingMicros: 8_000_000,
    });
  });

  test("the key's own budget refuses before the shared one, and a refusal charges neither", async (books) => {
    const { ledger } = books;
    await ledger.createBudget(sharedBudget("team", { capMicros: 1_500_000 }));
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_200_000), budgets: ["team"] }));
    await ledger.createVaultKey(vaultKey("other", { ownBudget: daily(9_000_000), budgets: ["team"] }));
    await ledger.admit(admission("one"));
    expect(await ledger.admit(admission("two"))).toEqual({
      kind: "refused",
      code: "spend_cap_exceeded",
      cap: {
        budget: null,
        capMicros: 1_200_000,
        windowMs: DAILY_WINDOW_MS,
        spentMicros: 0,
        heldMicros: 1_000_000,
        requestedMicros: 1_000_000,
      },
      first: null,
      approval: null,
    });
    expect(await ledger.admit(admission("three", { vaultKeyId: "other" }))).toEqual({
      kind: "refused",
      code: "spend_cap_exceeded",
      cap: {
        budget: "team",
        capMicros: 1_500_000,
        windowMs: DAILY_WINDOW_MS,
        spentMicros: 0,
        heldMicros: 1_000_000,
        requestedMicros: 1_000_000,
      },
      first: null,
      approval: null,
    });
    expect(await ledger.getVaultKey("other", START)).toMatchObject({ heldMicros: 0 });
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject({ heldMicros: 1_000_000 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("a changed cap is obeyed by every later hold", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 1_000_000 }));
    await ledger.createVaultKey(vaultKey("key", { budgets: ["team"] }));
    await ledger.admit(admission("one"));
    const [refused, raised, admitted] = await Promise.all([
      ledger.admit(admission("two")),
      ledger.updateBudget("team", 2_000_000, START),
      ledger.admit(admission("three")),
    ]);
    expect(refused).toMatchObject({ kind: "refused", cap: { budget: "team" } });
    expect(raised).toMatchObject({
      name: "team",
      capMicros: 2_000_000,
      heldMicros: 1_000_000,
      remainingMicros: 1_000_000,
    });
    expect(admitted).toEqual({ kind: "admitted" });
  });

  test("a cap lowered under what is used leaves nothing, and the books stay right", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 5_000_000 }));
    await ledger.createVaultKey(vaultKey("key", { budgets: ["team"] }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("two"));
    await ledger.settle(settlement("one"));
    expect(await ledger.updateBudget("team", 500_000, START)).toMatchObject({
      spentMicros: 1_000_000,
      heldMicros: 1_000_000,
      remainingMicros: 0,
    });
    expect(await ledger.admit(admission("three", { usdMicros: 10_000 }))).toMatchObject({
      code: "spend_cap_exceeded",
      cap: {
        budget: "team",
        capMicros: 500_000,
        spentMicros: 1_000_000,
        heldMicros: 1_000_000,
        requestedMicros: 10_000,
      },
    });
    await ledger.settle(settlement("two"));
    expect((await ledger.verify(START)).problems).toEqual([]);
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ remainingMicros: 0 });
  });

  test("a key's own cap, changed, is obeyed by every later hold, and shown from then on", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await ledger.createVaultKey(vaultKey("other", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    const [refused, raised, admitted, again] = await Promise.all([
      ledger.admit(admission("two")),
      ledger.updateVaultKey("key", 2_000_000, START),
      ledger.admit(admission("three")),
      ledger.admit(admission("four")),
    ]);
    expect([refused, admitted, again]).toMatchObject([
      { kind: "refused", cap: { budget: null, capMicros: 1_000_000 } },
      { kind: "admitted" },
      { kind: "refused", cap: { budget: null, capMicros: 2_000_000 } },
    ]);
    expect(raised).toMatchObject({ ownBudget: daily(2_000_000), calls: expect.any(Number) });
    await ledger.settle(settlement("one"));
    await ledger.settle(settlement("three"));
    expect(await ledger.updateVaultKey("key", 500_000, START)).toMatchObject({
      ...{ ownBudget: daily(500_000), spentMicros: 2_000_000, heldMicros: 0, remainingMicros: 0 },
    });
    expect(await ledger.admit(admission("five", { usdMicros: 1 }))).toMatchObject({ kind: "refused" });
    await books.reopen();
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ ownBudget: daily(500_000) });
    expect(await books.ledger.getVaultKey("other", START)).toMatchObject({ ownBudget: daily(1_000_000) });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("a key without a cap of its own gets one, and one that simulates has its own books", async ({
    ledger,
  }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 5_000_000 }));
    await ledger.createVaultKey(
      vaultKey("key", { ownBudget: daily(null), budgets: ["team"], simulate: true }),
    );
    const ask = (callId: string) => ledger.admit(admission(callId, { simulate: true }));
    expect(await ask("one")).toEqual({ kind: "admitted" });
    expect(await ledger.updateVaultKey("key", 1_500_000, START)).toMatchObject({ remainingMicros: 500_000 });
    expect(await ask("two")).toMatchObject({ cap: { budget: null, capMicros: 1_500_000 } });
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject({ capMicros: 5_000_000 });
    expect(await ledger.updateVaultKey("nobody", 1, START)).toBeNull();
  });

  test("for a key that only observes, caps and limits are counted, passed, and named in its rows", async (books) => {
    const { ledger } = books;
    await ledger.createBudget(sharedBudget("team", { capMicros: 2_000_000 }));
    const limits = { ownBudget: daily(1_000_000), budgets: ["team"], maxCalls: 4, ratePerMinute: 3 };
    await ledger.createVaultKey(vaultKey("key", limits));
    await ledger.createVaultKey(vaultKey("other", { budgets: ["team"] }));
    const observe = (callId: string, facts = {}) =>
      ledger.admit(admission(callId, facts, { observes: true }));
    const calls = ["one", "two", "three", "four", "five"];
    for (const callId of calls) expect(await observe(callId)).toEqual({ kind: "admitted" });
    const noted = await Promise.all(calls.map(async (callId) => (await ledger.getCall(callId))?.wouldCode));
    expect(noted).toEqual([
      ...[null, "spend_cap_exceeded", "spend_cap_exceeded"],
      // Limits come before caps, as they do for refusals.
      ...["rate_limited", "call_limit_exceeded"],
    ]);
    // What was noted on the way comes first, and what is refused after all would have been nothing else.
    await observe("six", { wouldCode: "operation_not_allowed" });
    expect((await ledger.getCall("six"))?.wouldCode).toBe("operation_not_allowed");
    const enforced = await ledger.admit(admission("seven", { wouldCode: "operation_not_allowed" }));
    expect(enforced).toMatchObject({ code: "call_limit_exceeded" });
    expect((await ledger.getCall("seven"))?.wouldCode).toBeNull();
    // The budget is used up for everybody else, and the books are right.
    expect(await ledger.admit(admission("theirs", { vaultKeyId: "other" }))).toMatchObject({
      ...{ code: "spend_cap_exceeded", cap: { budget: "team", heldMicros: 6_000_000 } },
    });
    await ledger.settle(settlement("one"));
    await books.reopen();
    expect((await books.ledger.verify(START)).problems).toEqual([]);
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({
      ...{ spentMicros: 1_000_000, heldMicros: 5_000_000, remainingMicros: 0 },
    });
  });

  test("a key that only observes is ended, stopped and told of repeats as any other", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const observe = (callId: string) => ledger.admit(admission(callId, {}, { observes: true }));
    await ledger.pauseVaultKey("key", START);
    expect(await observe("one")).toMatchObject({ code: "vault_key_paused" });
    await ledger.revokeVaultKey("key", START);
    expect(await observe("two")).toMatchObject({ code: "vault_key_revoked" });
  });

  test("a budget that does not exist cannot be changed", async ({ ledger }) => {
    expect(await ledger.updateBudget("nobody", 10_000, START)).toBeNull();
  });
};
