import { type BudgetState, budgetExpire } from "../budget.ts";
import type { AdmissionKey } from "../decide-admission.ts";
import { LedgerError } from "../errors.ts";
import { windowCutoff } from "../limits.ts";
import type { Call } from "../types.ts";
import type { BudgetStatements } from "./budget-statements.ts";
import type { LedgerClock } from "./clock.ts";
import type { VaultKeyStatements } from "./vault-key-statements.ts";

/** A budget as one transaction works on it. */
export interface UnitBudget extends BudgetState {
  readonly id: number;
  readonly oldestPostedAt: number | null;
  readonly grantedCapCents: number;
}

/** A vault key as one transaction works on it. */
export interface UnitKey extends AdmissionKey {
  readonly id: string;
  readonly sequence: number;
  readonly ownBudgetId: number;
  readonly sharedBudgetId: number | null;
  readonly rateNumber: number;
  readonly newestCall: number | null;
}

/**
 * The unit of work of one transaction: keys and budgets are read once, changed in memory by the pure
 * functions, and written once by `flush`, however many operations share the transaction. A transaction that
 * is rolled back drops its unit, so memory never knows more than the disk.
 */
export interface Unit {
  /** Ledger time for an event at this moment: never earlier than any time seen before. */
  tick(at: number): number;
  /** The next call's place in the order of booking. */
  nextSequence(): number;
  /** Throws `vault_key_not_found`. */
  key(id: string): UnitKey;
  putKey(key: UnitKey): void;
  /** The key's own budget, then the shared one, with everything outside the window at `now` taken off. */
  budgetsOf(key: UnitKey, now: number): UnitBudget[];
  /** One budget, with everything outside the window at `now` taken off. */
  budget(id: number, now: number): UnitBudget;
  putBudget(budget: UnitBudget): void;
  /** Makes later reads in this transaction see what was put. */
  flush(): void;
  /** Rows that reached an answer, to be told after the commit. */
  readonly announced: Call[];
  /** The clock as it is when this unit commits. */
  clock(): LedgerClock;
}

export interface UnitStatements {
  readonly keys: VaultKeyStatements;
  readonly budgets: BudgetStatements;
  readonly writeClock: (clock: LedgerClock) => void;
}

export function createUnit(statements: UnitStatements, startClock: LedgerClock): Unit {
  const keys = new Map<string, UnitKey>();
  const budgets = new Map<number, UnitBudget>();
  const changedKeys = new Set<string>();
  const changedBudgets = new Set<number>();
  const announced: Call[] = [];
  let clock = startClock;

  function key(id: string): UnitKey {
    const known = keys.get(id) ?? statements.keys.load(id);
    if (known === null) throw new LedgerError("vault_key_not_found", "There is no such vault key.");
    keys.set(id, known);
    return known;
  }

  function putKey(changed: UnitKey): void {
    keys.set(changed.id, changed);
    changedKeys.add(changed.id);
  }

  function putBudget(changed: UnitBudget): void {
    budgets.set(changed.id, changed);
    changedBudgets.add(changed.id);
  }

  function budget(id: number, now: number): UnitBudget {
    const known = budgets.get(id) ?? statements.budgets.load(id);
    const cutoff = windowCutoff(now);
    if (known.oldestPostedAt === null || known.oldestPostedAt > cutoff) {
      budgets.set(id, known);
      return known;
    }
    const { expiredCents, oldestPostedAt } = statements.budgets.expire(id, cutoff);
    const advanced = { ...budgetExpire(known, expiredCents), oldestPostedAt };
    putBudget(advanced);
    return advanced;
  }

  function flush(): void {
    for (const id of changedKeys) {
      const changed = keys.get(id);
      if (changed !== undefined) statements.keys.store(changed);
    }
    for (const id of changedBudgets) {
      const changed = budgets.get(id);
      if (changed !== undefined) statements.budgets.store(changed);
    }
    changedKeys.clear();
    changedBudgets.clear();
    if (clock !== startClock) statements.writeClock(clock);
  }

  return {
    tick: (at) => {
      if (at > clock.latestAt) clock = { ...clock, latestAt: at };
      const lagMs = clock.latestAt - at;
      if (lagMs > clock.lagMaxMs) clock = { ...clock, lagMaxMs: lagMs };
      return clock.latestAt;
    },
    nextSequence: () => {
      clock = { ...clock, lastSequence: clock.lastSequence + 1 };
      return clock.lastSequence;
    },
    key,
    putKey,
    budgetsOf: ({ ownBudgetId, sharedBudgetId }, now) =>
      sharedBudgetId === null
        ? [budget(ownBudgetId, now)]
        : [budget(ownBudgetId, now), budget(sharedBudgetId, now)],
    budget,
    putBudget,
    flush,
    announced,
    clock: () => clock,
  };
}
