import type { KeyStanding, UsableKey } from "../store.ts";
import type { NewVaultKey } from "../types.ts";
import type { SqliteDriver } from "./driver.ts";

/** The vault keys, as they are read. */
export interface KeyStatements {
  findById(id: string): KeyStanding | null;
  findByHash(hash: string): KeyStanding | null;
  /** Newest first, from below a sequence number on. */
  list(belowSequence: number, limit: number): KeyStanding[];
  /** Neither revoked nor expired nor paused. */
  usable(at: number): UsableKey[];
  /** What never changes of a key. */
  read(id: string): NewVaultKey | null;
}

interface FixedRow extends Omit<NewVaultKey, "policy" | "labels" | "simulate" | "ownBudget" | "budgets"> {
  readonly policy: string;
  readonly labels: string;
  readonly simulate: number;
  readonly budgets: string;
  readonly capMicros: number | null;
  readonly windowMs: number | null;
}

const STANDING = `SELECT k.id, k.sequence, k.revoked_at AS revokedAt, k.paused_at AS pausedAt, k.paused_above AS pausedAbove, k.hash,
    k.previous_hash AS previousHash, k.previous_ends_at AS previousEndsAt, n.calls
  FROM vault_keys k CROSS JOIN vault_key_counters n ON n.vault_key = k.sequence`;

export function createKeyStatements(driver: SqliteDriver): KeyStatements {
  const selectById = driver.prepare<KeyStanding>(`${STANDING} WHERE k.id = ?`);
  const selectByHash = driver.prepare<KeyStanding>(`${STANDING} WHERE k.hash = ? OR k.previous_hash = ?`);
  const selectPage = driver.prepare<KeyStanding>(
    `${STANDING} WHERE k.sequence < ? ORDER BY k.sequence DESC LIMIT ?`,
  );
  const selectUsable = driver.prepare<{ id: string; role: string | null; labels: string }>(
    "SELECT id, role, labels FROM vault_keys WHERE revoked_at IS NULL AND paused_at IS NULL AND expires_at > ?",
  );
  const selectFixed = driver.prepare<FixedRow>(
    `SELECT k.id, k.hash, k.name, k.vendor, k.account, k.role, k.policy, k.labels, k.simulate,
       k.created_at AS createdAt, k.expires_at AS expiresAt, k.max_calls AS maxCalls,
       k.rate_per_minute AS ratePerMinute, k.budgets, k.parent_id AS parentId, k.root_id AS rootId, b.cap_micros AS capMicros, b.window_ms AS windowMs
       FROM vault_keys k JOIN vault_key_books c ON c.vault_key = k.sequence AND c.position = 0
       JOIN books o ON o.id = c.book_id JOIN budgets b ON b.id = o.budget_id WHERE k.id = ?`,
  );
  return {
    findById: (id) => selectById.get(id) ?? null,
    findByHash: (hash) => selectByHash.get(hash, hash) ?? null,
    list: (belowSequence, limit) => selectPage.all(belowSequence, limit),
    usable: (at) => selectUsable.all(at).map((row) => ({ ...row, labels: JSON.parse(row.labels) })),
    read: (id) => {
      const row = selectFixed.get(id);
      return row === undefined ? null : toKey(row);
    },
  };
}

function toKey({ capMicros, windowMs, ...row }: FixedRow): NewVaultKey {
  return {
    ...row,
    policy: JSON.parse(row.policy),
    labels: JSON.parse(row.labels),
    simulate: row.simulate === 1,
    ownBudget: { capMicros, windowMs },
    budgets: JSON.parse(row.budgets),
  };
}
