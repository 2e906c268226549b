import { assertCents, budgetExpire, budgetRemainingCents } from "../budget.ts";
import { assertBooks, LedgerError } from "../errors.ts";
import { windowCutoff } from "../limits.ts";
import type { BudgetUsage } from "../types.ts";
import type { SqliteDriver } from "./driver.ts";
import type { UnitBudget } from "./unit.ts";

export interface BudgetUse {
  readonly spentCents: number;
  readonly heldCents: number;
  readonly remainingCents: number | null;
}

/** The budgets and their postings, in SQL. */
export interface BudgetStatements {
  /** A new budget's id. The caller has checked that the name is free. */
  create(budget: { name: string | null; capCents: number | null; createdAt: number }): number;
  findShared(name: string): number | null;
  load(id: number): UnitBudget & { readonly createdAt: number };
  store(budget: UnitBudget): void;
  /** Deletes what was posted up to `cutoff`; answers with what it was and with what is the oldest now. */
  expire(id: number, cutoff: number): { expiredCents: number; oldestPostedAt: number | null };
  post(id: number, postedAt: number, cents: number): void;
  /** Use in the window that ends at `now`, without changing anything. */
  use(id: number, now: number): BudgetUse;
  listShared(afterName: string, limit: number): { id: number; name: string }[];
  /** A shared budget as the interface shows it. */
  usage(id: number, now: number): BudgetUsage;
}

interface CountRow {
  readonly cents: number | null;
}

const COLUMNS = `id, name, cap_cents AS capCents, held_cents AS heldCents, posted_cents AS postedCents,
  oldest_posted_at AS oldestPostedAt, granted_cap_cents AS grantedCapCents,
  created_at AS createdAt`;

export function createBudgetStatements(driver: SqliteDriver): BudgetStatements {
  const insert = driver.prepare<{ id: number }>(
    "INSERT INTO budgets (name, cap_cents, created_at) VALUES (?, ?, ?) RETURNING id",
  );
  const selectShared = driver.prepare<{ id: number }>("SELECT id FROM budgets WHERE name = ?");
  const select = driver.prepare<UnitBudget & { createdAt: number }>(
    `SELECT ${COLUMNS} FROM budgets WHERE id = ?`,
  );
  const update = driver.prepare(
    `UPDATE budgets SET cap_cents = ?, held_cents = ?, posted_cents = ?, oldest_posted_at = ?,
       granted_cap_cents = ? WHERE id = ?`,
  );
  const sumExpired = driver.prepare<CountRow>(
    "SELECT sum(cents) AS cents FROM postings WHERE budget_id = ? AND posted_at <= ?",
  );
  const deleteExpired = driver.prepare("DELETE FROM postings WHERE budget_id = ? AND posted_at <= ?");
  const selectOldest = driver.prepare<{ oldest: number | null }>(
    "SELECT min(posted_at) AS oldest FROM postings WHERE budget_id = ?",
  );
  const upsertPosting = driver.prepare(
    `INSERT INTO postings (budget_id, posted_at, cents) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET cents = cents + excluded.cents`,
  );
  const selectPage = driver.prepare<{ id: number; name: string }>(
    "SELECT id, name FROM budgets WHERE name > ? ORDER BY name LIMIT ?",
  );

  function load(id: number): UnitBudget & { createdAt: number } {
    const row = select.get(id);
    assertBooks(row !== undefined, `budget ${id} is missing`);
    return row;
  }

  function use(id: number, now: number): BudgetUse {
    const row = load(id);
    const cutoff = windowCutoff(now);
    const hasExpired = row.oldestPostedAt !== null && row.oldestPostedAt <= cutoff;
    const budget = hasExpired ? budgetExpire(row, sumExpired.get(id, cutoff)?.cents ?? 0) : row;
    return {
      spentCents: budget.postedCents,
      heldCents: budget.heldCents,
      remainingCents: budgetRemainingCents(budget),
    };
  }

  return {
    create: ({ name, capCents, createdAt }) => {
      const row = insert.get(name, capCents, createdAt);
      if (row === undefined) throw new LedgerError("store_unavailable", "The budget was not stored.");
      return row.id;
    },
    findShared: (name) => selectShared.get(name)?.id ?? null,
    load,
    store: (budget) => {
      const { capCents, heldCents, postedCents, oldestPostedAt, grantedCapCents, id } = budget;
      assertCents(heldCents, "a budget's held");
      assertCents(postedCents, "a budget's posted");
      update.run(capCents, heldCents, postedCents, oldestPostedAt, grantedCapCents, id);
    },
    expire: (id, cutoff) => {
      const expiredCents = sumExpired.get(id, cutoff)?.cents ?? 0;
      deleteExpired.run(id, cutoff);
      return { expiredCents, oldestPostedAt: selectOldest.get(id)?.oldest ?? null };
    },
    post: (id, postedAt, cents) => upsertPosting.run(id, postedAt, cents),
    use,
    listShared: (afterName, limit) => selectPage.all(afterName, limit),
    usage: (id, now) => {
      const row = load(id);
      assertBooks(row.name !== null && row.capCents !== null, `budget ${id} is not a shared one`);
      const { spentCents, heldCents, remainingCents } = use(id, now);
      return {
        name: row.name,
        dailyCapCents: row.capCents,
        createdAt: row.createdAt,
        spentCents,
        heldCents,
        remainingCents: remainingCents ?? 0,
      };
    },
  };
}
