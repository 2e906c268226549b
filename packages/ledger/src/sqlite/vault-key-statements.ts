import { assertBooks } from "../errors.ts";
import type { NewVaultKey, VaultKey, VaultKeyUsage } from "../types.ts";
import type { BudgetStatements } from "./budget-statements.ts";
import type { SqliteDriver } from "./driver.ts";
import type { UnitKey } from "./unit.ts";

/** The vault keys, in SQL. */
export interface VaultKeyStatements {
  exists(id: string, hash: string): boolean;
  create(key: NewVaultKey, budgets: { own: number; shared: number | null }): void;
  load(id: string): UnitKey | null;
  /** Writes the counters; nothing else of a key ever changes but its revocation. */
  store(key: UnitKey): void;
  /** Idempotent: the first revocation's time stays. */
  revoke(id: string, at: number): void;
  findById(id: string): VaultKeyRow | null;
  findByHash(hash: string): VaultKeyRow | null;
  /** Newest first, from below a sequence number on. */
  list(belowSequence: number, limit: number): VaultKeyRow[];
}

/** A vault key with its labels and policy still as JSON text. */
export interface VaultKeyRow extends Omit<VaultKey, "policy" | "labels" | "simulate"> {
  readonly sequence: number;
  readonly policy: string;
  readonly labels: string;
  readonly simulate: number;
  readonly ownBudgetId: number;
  readonly sharedBudgetId: number | null;
}

const SELECT = `SELECT k.sequence, k.id, k.hash, k.name, k.vendor, k.role, k.policy, k.labels, k.simulate,
  k.created_at AS createdAt, k.expires_at AS expiresAt, k.revoked_at AS revokedAt,
  own.cap_cents AS dailyCapCents, shared.name AS budget, k.max_calls AS maxCalls,
  k.rate_per_minute AS ratePerMinute, n.calls, k.own_budget_id AS ownBudgetId,
  k.shared_budget_id AS sharedBudgetId
  FROM vault_keys k JOIN vault_key_counters n ON n.vault_key = k.sequence
  JOIN budgets own ON own.id = k.own_budget_id
  LEFT JOIN budgets shared ON shared.id = k.shared_budget_id`;

export function createVaultKeyStatements(driver: SqliteDriver): VaultKeyStatements {
  const selectTaken = driver.prepare("SELECT 1 FROM vault_keys WHERE id = ? OR hash = ?");
  const insert = driver.prepare<{ sequence: number }>(
    `INSERT INTO vault_keys (id, hash, name, vendor, role, policy, labels, simulate, created_at, expires_at,
       max_calls, rate_per_minute, own_budget_id, shared_budget_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING sequence`,
  );
  const insertCounters = driver.prepare("INSERT INTO vault_key_counters (vault_key) VALUES (?)");
  const selectUnit = driver.prepare<UnitKey>(
    `SELECT k.id, k.sequence, k.expires_at AS expiresAt, k.revoked_at AS revokedAt, k.max_calls AS maxCalls,
       k.rate_per_minute AS ratePerMinute, k.own_budget_id AS ownBudgetId,
       k.shared_budget_id AS sharedBudgetId, n.calls, n.rate_number AS rateNumber,
       n.newest_call AS newestCall
       FROM vault_keys k JOIN vault_key_counters n ON n.vault_key = k.sequence WHERE k.id = ?`,
  );
  const updateCounters = driver.prepare(
    "UPDATE vault_key_counters SET calls = ?, rate_number = ?, newest_call = ? WHERE vault_key = ?",
  );
  const revoke = driver.prepare("UPDATE vault_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");
  const selectById = driver.prepare<VaultKeyRow>(`${SELECT} WHERE k.id = ?`);
  const selectByHash = driver.prepare<VaultKeyRow>(`${SELECT} WHERE k.hash = ?`);
  const selectPage = driver.prepare<VaultKeyRow>(
    `${SELECT} WHERE k.sequence < ? ORDER BY k.sequence DESC LIMIT ?`,
  );

  return {
    exists: (id, hash) => selectTaken.get(id, hash) !== undefined,
    create: (key, budgets) => {
      const row = insert.get(
        key.id,
        key.hash,
        key.name,
        key.vendor,
        key.role,
        JSON.stringify(key.policy),
        JSON.stringify(key.labels),
        key.simulate ? 1 : 0,
        key.createdAt,
        key.expiresAt,
        key.maxCalls,
        key.ratePerMinute,
        budgets.own,
        budgets.shared,
      );
      assertBooks(row !== undefined, "a vault key was not stored");
      insertCounters.run(row.sequence);
    },
    load: (id) => selectUnit.get(id) ?? null,
    store: (key) => updateCounters.run(key.calls, key.rateNumber, key.newestCall, key.sequence),
    revoke: (id, at) => revoke.run(at, id),
    findById: (id) => selectById.get(id) ?? null,
    findByHash: (hash) => selectByHash.get(hash) ?? null,
    list: (belowSequence, limit) => selectPage.all(belowSequence, limit),
  };
}

/** The row as the interface shows it. */
export function toVaultKey(row: VaultKeyRow): VaultKey {
  const { sequence: _sequence, ownBudgetId: _own, sharedBudgetId: _shared, ...key } = row;
  return {
    ...key,
    policy: JSON.parse(row.policy),
    labels: JSON.parse(row.labels),
    simulate: row.simulate === 1,
  };
}

/** The row with what its budgets have used and still allow in the window that ends at `now`. */
export function toVaultKeyUsage(row: VaultKeyRow, budgets: BudgetStatements, now: number): VaultKeyUsage {
  const own = budgets.use(row.ownBudgetId, now);
  const shared = row.sharedBudgetId === null ? null : budgets.use(row.sharedBudgetId, now).remainingCents;
  const remaining = [own.remainingCents, shared].filter((cents) => cents !== null);
  return {
    ...toVaultKey(row),
    spentCents: own.spentCents,
    heldCents: own.heldCents,
    remainingCents: remaining.length === 0 ? null : Math.min(...remaining),
  };
}
