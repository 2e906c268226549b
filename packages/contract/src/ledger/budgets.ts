import { expect } from "vitest";
import { admission, allPages, START, settlement, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

export const budgetsSection: Section = (test) => {
  test("a budget's name is given once and its first cap stays", async ({ ledger }) => {
    const budget = { name: "team", dailyCapCents: 500, createdAt: START };
    expect(await ledger.createBudget(budget)).toBe("created");
    expect(await ledger.createBudget({ ...budget, dailyCapCents: 9 })).toBe("budget_exists");
    expect((await ledger.listBudgets({ limit: 10 }, START)).data).toEqual([
      { ...budget, spentCents: 0, heldCents: 0, remainingCents: 500 },
    ]);
  });

  test("budgets are listed by name, page by page; the keys' own are not among them", async ({ ledger }) => {
    // By code point, whatever the place where the store runs would say.
    const names = ["B", "a", "ab", "b b", "z:1", "ü"];
    for (const name of names.toReversed()) {
      await ledger.createBudget({ name, dailyCapCents: 1, createdAt: START });
    }
    await ledger.createVaultKey(vaultKey("key"));
    for (const limit of [1, 2, 5]) {
      const listed = await allPages((cursor) => ledger.listBudgets({ limit, cursor }, START));
      expect(listed.map((budget) => budget.name)).toEqual(names);
    }
  });

  test("a hold is charged to the key's own budget and to the shared one", async ({ ledger }) => {
    await ledger.createBudget({ name: "team", dailyCapCents: 1000, createdAt: START });
    await ledger.createVaultKey(vaultKey("key", { dailyCapCents: 300, budget: "team" }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("two"));
    await ledger.settle(settlement("two", { usdCents: 90, amountMinor: 90 }));
    const used = { spentCents: 90, heldCents: 100 };
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ ...used, remainingCents: 110 });
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject({
      ...used,
      remainingCents: 810,
    });
  });

  test("what remains is the least that any budget allows", async ({ ledger }) => {
    await ledger.createBudget({ name: "team", dailyCapCents: 250, createdAt: START });
    await ledger.createVaultKey(vaultKey("key", { dailyCapCents: 1000, budget: "team" }));
    await ledger.createVaultKey(vaultKey("other", { dailyCapCents: null, budget: "team" }));
    await ledger.createVaultKey(vaultKey("free", { dailyCapCents: null }));
    await ledger.admit(admission("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldCents: 100, remainingCents: 150 });
    expect(await ledger.getVaultKey("other", START)).toMatchObject({ heldCents: 0, remainingCents: 150 });
    expect(await ledger.getVaultKey("free", START)).toMatchObject({ heldCents: 0, remainingCents: null });
  });

  test("a key without a cap of its own still shows what it used of the shared one", async ({ ledger }) => {
    await ledger.createBudget({ name: "team", dailyCapCents: 1000, createdAt: START });
    await ledger.createVaultKey(vaultKey("key", { dailyCapCents: null, budget: "team" }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("two"));
    await ledger.settle(settlement("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      dailyCapCents: null,
      spentCents: 100,
      heldCents: 100,
      remainingCents: 800,
    });
  });

  test("the key's own budget refuses before the shared one, and a refusal charges neither", async (books) => {
    const { ledger } = books;
    await ledger.createBudget({ name: "team", dailyCapCents: 150, createdAt: START });
    await ledger.createVaultKey(vaultKey("key", { dailyCapCents: 120, budget: "team" }));
    await ledger.createVaultKey(vaultKey("other", { dailyCapCents: 900, budget: "team" }));
    await ledger.admit(admission("one"));
    expect(await ledger.admit(admission("two"))).toEqual({
      kind: "refused",
      code: "spend_cap_exceeded",
      cap: { budget: null, capCents: 120, spentCents: 0, heldCents: 100, requestedCents: 100 },
    });
    expect(await ledger.admit(admission("three", { vaultKeyId: "other" }))).toEqual({
      kind: "refused",
      code: "spend_cap_exceeded",
      cap: { budget: "team", capCents: 150, spentCents: 0, heldCents: 100, requestedCents: 100 },
    });
    expect(await ledger.getVaultKey("other", START)).toMatchObject({ heldCents: 0 });
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject({ heldCents: 100 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("a changed cap is obeyed by every later hold", async ({ ledger }) => {
    await ledger.createBudget({ name: "team", dailyCapCents: 100, createdAt: START });
    await ledger.createVaultKey(vaultKey("key", { budget: "team" }));
    await ledger.admit(admission("one"));
    const [refused, raised, admitted] = await Promise.all([
      ledger.admit(admission("two")),
      ledger.updateBudget("team", 200, START),
      ledger.admit(admission("three")),
    ]);
    expect(refused).toMatchObject({ kind: "refused", cap: { budget: "team" } });
    expect(raised).toMatchObject({ name: "team", dailyCapCents: 200, heldCents: 100, remainingCents: 100 });
    expect(admitted).toEqual({ kind: "admitted" });
  });

  test("a cap lowered under what is used leaves nothing, and the books stay right", async ({ ledger }) => {
    await ledger.createBudget({ name: "team", dailyCapCents: 500, createdAt: START });
    await ledger.createVaultKey(vaultKey("key", { budget: "team" }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("two"));
    await ledger.settle(settlement("one"));
    expect(await ledger.updateBudget("team", 50, START)).toMatchObject({
      spentCents: 100,
      heldCents: 100,
      remainingCents: 0,
    });
    expect(await ledger.admit(admission("three", { usdCents: 1 }))).toMatchObject({
      code: "spend_cap_exceeded",
      cap: { budget: "team", capCents: 50, spentCents: 100, heldCents: 100, requestedCents: 1 },
    });
    await ledger.settle(settlement("two"));
    expect((await ledger.verify(START)).problems).toEqual([]);
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ remainingCents: 0 });
  });

  test("a budget that does not exist cannot be changed", async ({ ledger }) => {
    expect(await ledger.updateBudget("nobody", 1, START)).toBeNull();
  });
};
