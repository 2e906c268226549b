import { windowCutoff } from "../limits.ts";
import type { VerifyReport } from "../types.ts";
import type { LedgerClock } from "./clock.ts";
import type { SqliteDriver } from "./driver.ts";

/** Each call that costs, once for every budget of its key. */
const CHARGES = `charges AS (
  SELECT own_budget_id AS budget_id, state, usd_cents AS cents, posted_at
    FROM calls JOIN vault_keys ON vault_keys.id = vault_key_id
    WHERE state IN ('held', 'unknown', 'posted') AND usd_cents > 0
  UNION ALL
  SELECT shared_budget_id, state, usd_cents, posted_at
    FROM calls JOIN vault_keys ON vault_keys.id = vault_key_id
    WHERE state IN ('held', 'unknown', 'posted') AND usd_cents > 0 AND shared_budget_id IS NOT NULL
)`;

const TOTALS = `SELECT count(*) AS calls,
  coalesce(sum(CASE WHEN state = 'held' THEN usd_cents END), 0) AS heldCents,
  coalesce(sum(CASE WHEN state = 'posted' THEN usd_cents END), 0) AS postedCents,
  coalesce(sum(CASE WHEN state = 'unknown' THEN usd_cents END), 0) AS unknownCents FROM calls`;

const WRONG_HOLDS = `WITH ${CHARGES}, held AS (
  SELECT budget_id, sum(cents) AS cents FROM charges WHERE state <> 'posted' GROUP BY budget_id
) SELECT b.id AS budget, b.held_cents AS counted, coalesce(h.cents, 0) AS actual
  FROM budgets b LEFT JOIN held h ON h.budget_id = b.id WHERE counted <> actual`;

const WRONG_COUNTERS = `WITH sums AS (
  SELECT budget_id, sum(cents) AS cents, min(posted_at) AS oldest FROM postings GROUP BY budget_id
) SELECT b.id AS budget, b.posted_cents AS counted, coalesce(s.cents, 0) AS actual
  FROM budgets b LEFT JOIN sums s ON s.budget_id = b.id
  WHERE counted <> actual OR b.oldest_posted_at IS NOT s.oldest`;

/** A posting that has left the window may be gone; every other must be there, and every one must be true. */
const WRONG_POSTINGS = `WITH ${CHARGES}, expected AS (
  SELECT budget_id, posted_at, sum(cents) AS cents FROM charges WHERE state = 'posted'
    GROUP BY budget_id, posted_at
) SELECT coalesce(e.budget_id, p.budget_id) AS budget, coalesce(e.posted_at, p.posted_at) AS postedAt,
    coalesce(p.cents, 0) AS counted, coalesce(e.cents, 0) AS actual
  FROM expected e FULL JOIN postings p ON p.budget_id = e.budget_id AND p.posted_at = e.posted_at
  WHERE e.cents IS NOT p.cents AND (p.cents IS NOT NULL OR e.posted_at > ?)`;

const OVERRUNS = `WITH inside AS (
  SELECT budget_id, sum(cents) AS cents FROM postings WHERE posted_at > ? GROUP BY budget_id
) SELECT b.id AS budget, b.held_cents + coalesce(i.cents, 0) AS used,
    max(b.cap_cents, b.granted_cap_cents) AS cap
  FROM budgets b LEFT JOIN inside i ON i.budget_id = b.id WHERE used > cap`;

interface Totals {
  readonly calls: number;
  readonly heldCents: number;
  readonly postedCents: number;
  readonly unknownCents: number;
}

interface Difference {
  readonly budget: number;
  readonly counted: number;
  readonly actual: number;
}

/** `Ledger.verify`: recomputes every counter from the calls. `postedCents` is of all time, not of a window. */
export function verify(driver: SqliteDriver, clock: LedgerClock, now: number): VerifyReport {
  const problems: string[] = [];
  const nameOf = createBudgetNames(driver);
  const latest = windowCutoff(clock.latestAt);
  const cutoff = windowCutoff(Math.max(clock.latestAt, now));

  for (const { budget, counted, actual } of driver.prepare<Difference>(WRONG_HOLDS).all()) {
    problems.push(`${nameOf(budget)} counts ${counted} cents held; its pending calls hold ${actual}.`);
  }
  for (const { budget, counted, actual } of driver.prepare<Difference>(WRONG_COUNTERS).all()) {
    problems.push(
      `${nameOf(budget)} counts ${counted} cents posted; its postings are ${actual}, or older than it says.`,
    );
  }
  const postings = driver.prepare<Difference & { postedAt: number }>(WRONG_POSTINGS).all(latest);
  for (const { budget, postedAt, counted, actual } of postings) {
    problems.push(
      `${nameOf(budget)} has ${counted} cents posted at ${postedAt}; its calls posted ${actual}.`,
    );
  }
  const overruns = driver.prepare<{ budget: number; used: number; cap: number }>(OVERRUNS).all(cutoff);
  for (const { budget, used, cap } of overruns) {
    problems.push(`${nameOf(budget)} has used ${used} cents under a cap of ${cap}.`);
  }
  const totals = driver.prepare<Totals>(TOTALS).get();
  return { calls: 0, heldCents: 0, postedCents: 0, unknownCents: 0, ...totals, problems };
}

function createBudgetNames(driver: SqliteDriver): (id: number) => string {
  const select = driver.prepare<{ name: string | null; keyId: string | null }>(
    `SELECT b.name, k.id AS keyId FROM budgets b LEFT JOIN vault_keys k ON k.own_budget_id = b.id
       WHERE b.id = ?`,
  );
  return (id) => {
    const row = select.get(id);
    return row?.name == null ? `The budget of vault key ${row?.keyId}` : `The budget "${row.name}"`;
  };
}
