import { decodeNameCursor, decodeSequenceCursor, encodeCursor } from "../cursor.ts";
import { LedgerError } from "../errors.ts";
import { BATCH_OPERATIONS_MAX } from "../limits.ts";
import type { BudgetUsage, Ledger, NewVaultKey, Page, PageRequest, VaultKeyUsage } from "../types.ts";
import {
  checkAdmit,
  checkBudget,
  checkCount,
  checkFilter,
  checkPage,
  checkRecord,
  checkSettlement,
  checkVaultKey,
} from "../validate.ts";
import { createBudgetStatements } from "./budget-statements.ts";
import { createCallStatements } from "./call-statements.ts";
import { createClockStatements } from "./clock.ts";
import type { SqliteDriver } from "./driver.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createCallList } from "./list-calls.ts";
import { admit, record, settle } from "./operations.ts";
import { createSubscribers } from "./subscribers.ts";
import { toLedgerError } from "./to-ledger-error.ts";
import { createUnit, type Unit } from "./unit.ts";
import { createVaultKeyStatements, toVaultKey, toVaultKeyUsage } from "./vault-key-statements.ts";
import { verify } from "./verify.ts";

/**
 * The ledger over a configured and migrated connection. Changes go through the one writer; reads run at
 * once on the same connection and, since a batch never yields, see only what is committed.
 */
export function createSqliteLedger(driver: SqliteDriver, schedule: (callback: () => void) => void): Ledger {
  const keys = createVaultKeyStatements(driver);
  const budgets = createBudgetStatements(driver);
  const calls = createCallStatements(driver);
  const clockStatements = createClockStatements(driver);
  const subscribers = createSubscribers();
  const context = { calls, budgets, isObserved: () => !subscribers.isEmpty() };
  const statements = { keys, budgets, writeClock: clockStatements.write };

  calls.disown();
  let clock = clockStatements.read();
  let isClosed = false;
  const listCalls = createCallList(driver, () => clock);
  const writer = createGroupCommit<Unit>({
    driver,
    schedule,
    operationsMax: BATCH_OPERATIONS_MAX,
    begin: () => createUnit(statements, clock),
    flush: (unit) => unit.flush(),
    committed: (unit) => {
      clock = unit.clock();
      subscribers.tell(unit.announced);
    },
  });

  /** Reads directly, with the errors of the interface. */
  async function read<T>(query: () => T): Promise<T> {
    if (isClosed) throw new LedgerError("store_closed", "The store is closed.");
    try {
      return query();
    } catch (error) {
      throw toLedgerError(error);
    }
  }

  /** Checks at the door, then queues for the writer. */
  async function write<T>(check: () => void, operation: (unit: Unit) => T): Promise<T> {
    check();
    return writer.submit(operation);
  }

  const at = (now: number): number => Math.max(now, clock.latestAt);

  function createVaultKey(key: NewVaultKey): "created" | "budget_not_found" {
    const shared = key.budget === null ? null : budgets.findShared(key.budget);
    if (key.budget !== null && shared === null) return "budget_not_found";
    if (keys.exists(key.id, key.hash)) {
      throw new LedgerError("vault_key_exists", "There is a vault key with this id or hash already.");
    }
    const own = budgets.create({ name: null, capCents: key.dailyCapCents, createdAt: key.createdAt });
    keys.create(key, { own, shared });
    return "created";
  }

  function listVaultKeys(page: PageRequest, now: number): Page<VaultKeyUsage> {
    const below =
      page.cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeSequenceCursor("keys", page.cursor);
    const rows = keys.list(below, page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? shown.at(-1) : undefined;
    return {
      data: shown.map((row) => toVaultKeyUsage(row, budgets, at(now))),
      nextCursor: last === undefined ? null : encodeCursor("keys", last.sequence),
    };
  }

  function listBudgets(page: PageRequest, now: number): Page<BudgetUsage> {
    const after = page.cursor === undefined ? "" : decodeNameCursor("budgets", page.cursor);
    const rows = budgets.listShared(after, page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? shown.at(-1) : undefined;
    return {
      data: shown.map((row) => budgets.usage(row.id, at(now))),
      nextCursor: last === undefined ? null : encodeCursor("budgets", last.name),
    };
  }

  return {
    createVaultKey: (key) =>
      write(
        () => checkVaultKey(key),
        () => createVaultKey(key),
      ),
    findVaultKeyByHash: (hash) =>
      read(() => {
        const row = keys.findByHash(hash);
        return row === null ? null : toVaultKey(row);
      }),
    getVaultKey: (id, now) =>
      read(() => {
        const row = keys.findById(id);
        return row === null ? null : toVaultKeyUsage(row, budgets, at(now));
      }),
    listVaultKeys: (page, now) =>
      read(() => {
        checkPage(page);
        return listVaultKeys(page, now);
      }),
    revokeVaultKey: (id, revokedAt) =>
      write(
        () => checkCount(revokedAt, "at"),
        (unit) => {
          if (keys.load(id) === null) return null;
          keys.revoke(id, revokedAt);
          // The unit may hold the key as it was; the counters it keeps are written by the flush.
          const key = unit.key(id);
          unit.putKey({ ...key, revokedAt: key.revokedAt ?? revokedAt });
          unit.flush();
          const row = keys.findById(id);
          return row === null ? null : toVaultKey(row);
        },
      ),
    createBudget: (budget) =>
      write(
        () => {
          checkBudget(budget);
          checkCount(budget.createdAt, "createdAt");
        },
        () => {
          if (budgets.findShared(budget.name) !== null) return "budget_exists";
          const { name, dailyCapCents, createdAt } = budget;
          budgets.create({ name, capCents: dailyCapCents, createdAt });
          return "created";
        },
      ),
    listBudgets: (page, now) =>
      read(() => {
        checkPage(page);
        return listBudgets(page, now);
      }),
    updateBudget: (name, dailyCapCents, now) =>
      write(
        () => {
          checkBudget({ name, dailyCapCents });
          checkCount(now, "now");
        },
        (unit) => {
          const id = budgets.findShared(name);
          if (id === null) return null;
          const moment = unit.tick(now);
          unit.putBudget({ ...unit.budget(id, moment), capCents: dailyCapCents });
          unit.flush();
          return budgets.usage(id, moment);
        },
      ),
    findClaim: ({ scope, key }) => read(() => calls.findClaim(scope, key)),
    countedCents: (objectId, simulate) => read(() => calls.countedCents(objectId, simulate)),
    admit: (request) =>
      write(
        () => checkAdmit(request),
        (unit) => admit(context, unit, request),
      ),
    settle: (settlement) =>
      write(
        () => checkSettlement(settlement),
        (unit) => settle(context, unit, settlement),
      ),
    record: (request) =>
      write(
        () => checkRecord(request),
        (unit) => record(context, unit, request),
      ),
    getCall: (callId) => read(() => calls.find(callId)),
    listCalls: (filter, page) =>
      read(() => {
        checkFilter(filter);
        checkPage(page);
        return listCalls(filter, page);
      }),
    subscribe: (listener) => subscribers.add(listener),
    verify: (now) => read(() => verify(driver, clock, now)),
    ping: () =>
      write(
        () => {},
        (unit) => clockStatements.write(unit.clock()),
      ),
    close: async () => {
      if (isClosed) return;
      writer.close();
      isClosed = true;
      driver.close();
    },
  };
}
