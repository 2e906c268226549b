import type { KeyStanding, KeyUse, Store } from "../store.ts";
import type { NewVaultKey } from "../types.ts";
import { BOOK, moment, type StoredBook, toBook } from "./books.ts";
import { readStops } from "./clock.ts";
import { toJson } from "./connect.ts";
import type { Reader } from "./reader.ts";

interface FixedRow extends Omit<NewVaultKey, "policy" | "labels" | "ownBudget" | "budgets"> {
  readonly policy: string;
  readonly labels: string;
  readonly budgets: string;
  readonly capMicros: number | null;
  readonly windowMs: number | null;
}

const STANDING = `SELECT k.id, k.sequence, k.revoked_at AS "revokedAt", k.paused_at AS "pausedAt",
    k.paused_above AS "pausedAbove", k.hash, k.previous_hash AS "previousHash",
    k.previous_ends_at AS "previousEndsAt", n.calls,
    (SELECT stops FROM ledger_clock) AS stops
  FROM vault_keys k JOIN vault_key_counters n ON n.vault_key = k.sequence`;

const FIXED = `SELECT k.id, k.hash, k.name, k.vendor, k.account, k.role, k.policy, k.labels, k.simulate,
    k.created_at AS "createdAt", k.expires_at AS "expiresAt", k.max_calls AS "maxCalls",
    k.rate_per_minute AS "ratePerMinute", k.budgets, k.parent_id AS "parentId",
    k.root_id AS "rootId", b.cap_micros AS "capMicros", b.window_ms AS "windowMs"
  FROM vault_keys k JOIN vault_key_books c ON c.vault_key = k.sequence AND c.position = 0
  JOIN books o ON o.id = c.book_id JOIN budgets b ON b.id = o.budget_id
  WHERE k.id IN (SELECT json_array_elements_text($1::text::json))`;

/** One row for each book of each key, by one query: counters and what has left the window fit each other. */
const use = (
  where: string,
): string => `SELECT k.id AS "keyId", k.sequence, k.revoked_at AS "revokedAt", k.paused_at AS "pausedAt", k.paused_above AS "pausedAbove", k.hash,
    k.previous_hash AS "previousHash", k.previous_ends_at AS "previousEndsAt", k.calls, k.stops, ${BOOK}
  FROM (${STANDING} ${where})
    k ("id", "sequence", revoked_at, paused_at, paused_above, hash, previous_hash, previous_ends_at, calls, stops)
  JOIN vault_key_books c ON c.vault_key = k.sequence
  JOIN books o ON o.id = c.book_id JOIN budgets b ON b.id = o.budget_id ${moment("$1")}
  ORDER BY k.sequence DESC, c.position`;
const USE_BY_ID = use("WHERE k.id = $2::text");
const USE_PAGE = use("WHERE k.sequence < $2::bigint ORDER BY k.sequence DESC LIMIT $3::bigint");

type StandingRow = Omit<KeyStanding, "stops"> & { readonly stops: string | null };

type UseRow = StoredBook & Omit<StandingRow, "id"> & { readonly keyId: string };

function toStanding({ stops, ...standing }: StandingRow): KeyStanding {
  return stops === null ? standing : { ...standing, stops: readStops(stops) };
}

export function createKeyReads(
  reader: Reader,
): Pick<Store, "findKey" | "ledgerTime" | "listStops" | "usableKeys" | "readKeys" | "keyUse" | "listKeys"> {
  return {
    findKey: async (by) => {
      const [sql, value] = "id" in by ? [BY_ID, by.id] : [BY_HASH, by.hash];
      const [row] = await reader.rows<StandingRow>({ sql, values: [value] });
      return row === undefined ? null : toStanding(row);
    },
    listStops: async () => {
      const [row] = await reader.rows<{ stops: string | null }>({ sql: STOPS, values: [] });
      return readStops(row?.stops ?? null);
    },
    usableKeys: async (at) => {
      const rows = await reader.rows<{ id: string; role: string | null; labels: string }>({
        ...{ sql: USABLE, values: [at] },
      });
      return rows.map((row) => ({ ...row, labels: JSON.parse(row.labels) }));
    },
    ledgerTime: async () => (await reader.rows<{ at: number }>({ sql: LEDGER_TIME, values: [] }))[0]?.at ?? 0,
    readKeys: async (ids) => (await reader.rows<FixedRow>({ sql: FIXED, values: [toJson(ids)] })).map(toKey),
    keyUse: async (id, at) =>
      toUses(await reader.rows<UseRow>({ sql: USE_BY_ID, values: [at, id] }))[0] ?? null,
    listKeys: async ({ below, limit, at }) => {
      const values = [at, below ?? Number.MAX_SAFE_INTEGER, limit];
      return toUses(await reader.rows<UseRow>({ sql: USE_PAGE, values }));
    },
  };
}

const LEDGER_TIME = "SELECT latest_at AS at FROM ledger_clock";
const BY_ID = `${STANDING} WHERE k.id = $1::text`;
const BY_HASH = `${STANDING} WHERE k.hash = $1::text OR k.previous_hash = $1::text`;
const STOPS = "SELECT stops FROM ledger_clock";
const USABLE = `SELECT id, role, labels FROM vault_keys WHERE revoked_at IS NULL AND paused_at IS NULL
  AND expires_at > greatest($1::bigint, (SELECT latest_at FROM ledger_clock))`;

function toUses(rows: readonly UseRow[]): KeyUse[] {
  const uses = new Map<string, { key: KeyStanding; books: KeyUse["books"][number][] }>();
  for (const row of rows) {
    const {
      keyId: id,
      sequence,
      revokedAt,
      pausedAt,
      pausedAbove,
      hash,
      previousHash,
      previousEndsAt,
      calls,
      stops,
      ...book
    } = row;
    const standing = {
      id,
      sequence,
      revokedAt,
      pausedAt,
      pausedAbove,
      hash,
      previousHash,
      previousEndsAt,
      calls,
      stops,
    };
    const known = uses.get(id) ?? { key: toStanding(standing), books: [] };
    known.books.push(toBook(book));
    uses.set(id, known);
  }
  return [...uses.values()];
}

function toKey({ capMicros, windowMs, ...row }: FixedRow): NewVaultKey {
  return {
    ...row,
    policy: JSON.parse(row.policy),
    labels: JSON.parse(row.labels),
    ownBudget: { capMicros, windowMs },
    budgets: JSON.parse(row.budgets),
  };
}
