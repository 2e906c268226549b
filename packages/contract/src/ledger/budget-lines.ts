import { BUDGET_DEPTH_MAX, DAILY_WINDOW_MS, type Ledger } from "@keybrake/ledger";
import { expect } from "vitest";
import { admission, daily, START, settlement, sharedBudget, unknown, vaultKey, voided } from "./fixtures.ts";
import type { Section } from "./section.ts";

const YEARS = 1000 * DAILY_WINDOW_MS;

/** What each shared budget has held and spent. */
async function used(ledger: Ledger, at = START): Promise<Record<string, [number, number]>> {
  const { data } = await ledger.listBudgets({ limit: 100 }, at);
  return Object.fromEntries(
    data.map(({ name, heldMicros, spentMicros }) => [name, [heldMicros, spentMicros]]),
  );
}

/** company ← {sales ← {east, west}, support} */
async function makeCompany(ledger: Ledger): Promise<void> {
  const parents = { company: null, sales: "company", support: "company", east: "sales", west: "sales" };
  for (const [name, parent] of Object.entries(parents)) {
    expect(await ledger.createBudget(sharedBudget(name, { parent }))).toBe("created");
  }
}

export const budgetLinesSection: Section = (test) => {
  test("a call is charged to every budget of its key and to all their ancestors, each once", async (books) => {
    const { ledger } = books;
    await makeCompany(ledger);
    await ledger.createVaultKey(vaultKey("key", { budgets: ["east", "west", "sales"] }));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ budgets: ["east", "west", "sales"] });
    for (const callId of ["held", "posted", "voided", "unknown"]) await ledger.admit(admission(callId));
    const four: [number, number] = [4_000_000, 0];
    expect(await used(ledger)).toEqual({
      company: four,
      east: four,
      sales: four,
      support: [0, 0],
      west: four,
    });
    await ledger.settle(settlement("posted", { usdMicros: 600_000 }));
    await ledger.settle(voided("voided"));
    await ledger.settle(unknown("unknown"));
    const after: [number, number] = [2_000_000, 600_000];
    const expected = { company: after, east: after, sales: after, support: [0, 0], west: after };
    expect(await used(ledger)).toEqual(expected);
    await books.crash();
    expect(await used(books.ledger)).toEqual(expected);
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("the first budget without room is named: own, then in the key's order, then ancestors", async (books) => {
    const { ledger } = books;
    await makeCompany(ledger);
    for (const [id, budgets] of Object.entries({ first: ["west", "support"], second: ["support", "west"] })) {
      await ledger.createVaultKey(vaultKey(id, { ownBudget: daily(1_000_000), budgets }));
    }
    const refusedBy = async (vaultKeyId: string, usdMicros: number) => {
      const answer = await ledger.admit(admission(`${vaultKeyId} ${caps++}`, { vaultKeyId, usdMicros }));
      return answer.kind === "refused" ? answer.cap?.budget : answer.kind;
    };
    let caps = 0;
    for (const name of ["company", "sales", "support", "west"]) await ledger.updateBudget(name, 0, START);
    expect(await refusedBy("first", 1_000_001)).toBe(null);
    expect(await refusedBy("first", 1_000_000)).toBe("west");
    expect(await refusedBy("second", 1_000_000)).toBe("support");
    await ledger.updateBudget("west", 1_000_000, START);
    await ledger.updateBudget("support", 1_000_000, START);
    expect(await refusedBy("first", 1_000_000)).toBe("sales");
    await ledger.updateBudget("sales", 1_000_000, START);
    expect(await refusedBy("first", 1_000_000)).toBe("company");
    expect(await used(ledger)).toMatchObject({ company: [0, 0], west: [0, 0] });
    await ledger.updateBudget("company", 1_000_000, START);
    expect(await refusedBy("first", 1_000_000)).toBe("admitted");
  });

  test("what remains is the least of a whole line, for keys and for budgets", async ({ ledger }) => {
    await makeCompany(ledger);
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(null), budgets: ["east"] }));
    await ledger.createVaultKey(vaultKey("elsewhere", { budgets: ["support"] }));
    await ledger.admit(admission("one", { vaultKeyId: "elsewhere", usdMicros: 70_000_000 }));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      heldMicros: 0,
      remainingMicros: 30_000_000,
    });
    const { data } = await ledger.listBudgets({ limit: 100 }, START);
    const remaining = Object.fromEntries(data.map(({ name, remainingMicros }) => [name, remainingMicros]));
    expect(remaining).toEqual({
      company: 30_000_000,
      east: 30_000_000,
      sales: 30_000_000,
      support: 30_000_000,
      west: 30_000_000,
    });
    expect(await ledger.updateBudget("sales", 1_000_000, START)).toMatchObject({
      remainingMicros: 1_000_000,
    });
    expect(await ledger.updateBudget("east", 2_000_000, START)).toEqual({
      ...sharedBudget("east", { parent: "sales", capMicros: 2_000_000 }),
      spentMicros: 0,
      heldMicros: 0,
      remainingMicros: 1_000_000,
    });
  });

  test("many keys on the leaves of a line cannot pass its root", async ({ ledger }) => {
    await makeCompany(ledger);
    const names = ["east", "west", "support"];
    for (const name of names) await ledger.createVaultKey(vaultKey(name, { budgets: [name] }));
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        ledger.admit(admission(`c${index}`, { vaultKeyId: names[index % 3] ?? "" })),
      ),
    );
    expect(answers.filter(({ kind }) => kind === "admitted")).toHaveLength(100);
    expect(await used(ledger)).toMatchObject({ company: [100_000_000, 0] });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("a parent must be there first, and a line has a bound; nothing is stored otherwise", async (books) => {
    const { ledger } = books;
    expect(await ledger.createBudget(sharedBudget("b0", { parent: "nobody" }))).toBe("parent_not_found");
    expect(await ledger.createBudget(sharedBudget("b0", { parent: "b0" }))).toBe("parent_not_found");
    for (let depth = 0; depth < BUDGET_DEPTH_MAX; depth++) {
      const parent = depth === 0 ? null : `b${depth - 1}`;
      expect(await ledger.createBudget(sharedBudget(`b${depth}`, { parent }))).toBe("created");
    }
    const deeper = sharedBudget("deeper", { parent: `b${BUDGET_DEPTH_MAX - 1}` });
    expect(await ledger.createBudget(deeper)).toBe("budget_too_deep");
    expect(await ledger.createBudget(sharedBudget("b1", { parent: null }))).toBe("budget_exists");
    expect(Object.keys(await used(ledger))).toHaveLength(BUDGET_DEPTH_MAX);
  });

  test("budgets, a key of them and its first call may be asked for in one breath", async (books) => {
    const { ledger } = books;
    const answers = await Promise.all([
      ledger.createBudget(sharedBudget("company", { capMicros: 1_500_000 })),
      ledger.createBudget(sharedBudget("sales", { parent: "company" })),
      ledger.createVaultKey(vaultKey("key", { budgets: ["sales"] })),
      ledger.admit(admission("one")),
      ledger.admit(admission("two")),
      ledger.updateBudget("company", 9_000_000, START),
      ledger.admit(admission("three")),
    ]);
    expect(answers).toMatchObject([
      ...["created", "created", "created", { kind: "admitted" }],
      { cap: { budget: "company", capMicros: 1_500_000, heldMicros: 1_000_000 } },
      { heldMicros: 1_000_000, remainingMicros: 8_000_000 },
      { kind: "admitted" },
    ]);
    await books.crash();
    expect(await used(books.ledger)).toMatchObject({ company: [2_000_000, 0], sales: [2_000_000, 0] });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("a lifetime frees nothing, however long it lasts", async (books) => {
    await books.ledger.createBudget(sharedBudget("project", { capMicros: 3_000_000, windowMs: null }));
    const lifetime = { ownBudget: { capMicros: 2_000_000, windowMs: null }, expiresAt: START + 2 * YEARS };
    await books.ledger.createVaultKey(vaultKey("key", { ...lifetime, budgets: ["project"] }));
    await books.ledger.createVaultKey(vaultKey("other", { ...lifetime, budgets: ["project"] }));
    await books.ledger.admit(admission("one"));
    await books.ledger.settle(settlement("one"));
    await books.reopen();
    const { ledger } = books;
    const at = START + YEARS;
    expect(await ledger.getVaultKey("key", at)).toMatchObject({
      spentMicros: 1_000_000,
      remainingMicros: 1_000_000,
    });
    await ledger.admit(admission("two", { at }));
    await ledger.settle(settlement("two", { at }));
    expect(await ledger.admit(admission("three", { at, usdMicros: 1 }))).toMatchObject({
      cap: { budget: null, windowMs: null, capMicros: 2_000_000, spentMicros: 2_000_000 },
    });
    expect(
      await ledger.admit(admission("four", { at, vaultKeyId: "other", usdMicros: 1_000_001 })),
    ).toMatchObject({
      cap: { budget: "project", windowMs: null, spentMicros: 2_000_000 },
    });
    expect((await ledger.verify(at + YEARS)).problems).toEqual([]);
  });

  test("each budget of a line keeps its own window", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("ever", { windowMs: null }));
    await ledger.createBudget(sharedBudget("hour", { windowMs: 3_600_000, parent: "ever" }));
    await ledger.createVaultKey(vaultKey("key", { budgets: ["hour"] }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one"));
    const hour = START + 3_600_000;
    expect(await used(ledger, hour - 1)).toEqual({ ever: [0, 1_000_000], hour: [0, 1_000_000] });
    expect(await used(ledger, hour)).toEqual({ ever: [0, 1_000_000], hour: [0, 0] });
    expect(await ledger.getVaultKey("key", hour)).toMatchObject({ spentMicros: 1_000_000 });
    await ledger.admit(admission("two", { at: hour }));
    await ledger.settle(settlement("two", { at: hour }));
    expect(await used(ledger, hour)).toEqual({ ever: [0, 2_000_000], hour: [0, 1_000_000] });
    expect((await ledger.verify(hour)).problems).toEqual([]);
  });
};
