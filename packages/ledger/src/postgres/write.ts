import type { ColumnType } from "../call-columns.ts";
import type { CallRow, NewCall } from "../rows.ts";
import type { Changes } from "../store.ts";
import { pendingIn, SETTLED_COLUMNS, STORED_COLUMNS } from "../stored-call.ts";
import { writtenApprovals } from "./approvals.ts";
import { type LedgerClock, storedStops, tick } from "./clock.ts";
import { type Statement, toJson } from "./connect.ts";
import type { Places } from "./loading.ts";

/** What Postgres calls the types of columns. */
const TYPES: Readonly<Record<ColumnType, string>> = {
  text: "text",
  integer: "bigint",
  real: "double precision",
  boolean: "boolean",
  json: "jsonb",
};

/** Rows of JSON as a table `r`. */
const rowsOf = (columns: readonly { column: string; type: ColumnType }[]): string =>
  `json_to_recordset($1::text::json) AS r(${columns.map(({ column, type }) => `${column} ${TYPES[type]}`).join(", ")})`;

/** Statements for what a batch decided, all but the commit: each is left out when it has nothing to do. */
export function writeStatements(changes: Changes, clock: LedgerClock, places: Places): Statement[] {
  for (const { sequence, bookedAt } of changes.newCalls) places.set(sequence, bookedAt);
  return [
    ...newBudgets(changes),
    ...newKeys(changes),
    // Before new claims: the same claim may be made anew by the very batch that gave it back.
    ...each(GIVE_BACK, changes.claimsGivenBack),
    ...newCalls(changes),
    ...settledCalls(changes.calls, places),
    ...forgottenAnswers(changes),
    ...answers(changes),
    ...each(DELIVER, changes.delivered),
    ...counters(changes),
    ...each(
      REVOKE,
      [...changes.revocations].map(([id, at]) => ({ id, at })),
    ),
    ...each(
      PAUSE,
      [...changes.pauses].map(([id, at]) => ({ id, at })),
    ),
    ...each(
      PAUSE_BELOW,
      [...changes.pausesAbove].map(([id, above]) => ({ id, above })),
    ),
    ...each(
      ROTATE,
      [...changes.rotations].map(([id, { hash, previousHash, previousEndsAt }]) => ({
        ...{ id, hash, previousHash, previousEndsAt },
      })),
    ),
    ...(changes.stops === null ? [] : [{ sql: SET_STOPS, values: [storedStops(changes.stops)] }]),
    ...each(
      SET_CAP,
      [...changes.caps].map(([id, cap]) => ({ id, cap })),
    ),
    ...books(changes),
    ...writtenApprovals(changes),
    ...deadOwners(changes),
    ...(changes.clock === null ? [] : [tick(clock)]),
  ];
}

/** One statement for all rows, if there are any. */
function each(sql: string, rows: readonly unknown[]): Statement[] {
  return rows.length === 0 ? [] : [{ sql, values: [toJson(rows)] }];
}

const INSERT_BUDGETS = `INSERT INTO budgets (id, name, cap_micros, window_ms, parent_id, created_at)
  SELECT id, name, "capMicros", "windowMs", "parentId", "createdAt" FROM json_to_recordset($1::text::json)
    AS r(id bigint, name text, "capMicros" bigint, "windowMs" bigint, "parentId" bigint, "createdAt" bigint)
    ORDER BY id`;
const INSERT_BOOKS = `INSERT INTO books (id, budget_id, simulate)
  SELECT id, id / 2, id % 2 = 1 FROM (SELECT json_array_elements_text($1::text::json)::bigint AS id) r`;

function newBudgets({ newBudgets: rows }: Changes): Statement[] {
  return [
    ...each(INSERT_BUDGETS, rows),
    ...each(
      INSERT_BOOKS,
      rows.flatMap(({ bookIds }) => bookIds),
    ),
  ];
}

const INSERT_KEYS = `INSERT INTO vault_keys (sequence, id, hash, name, vendor, account, role, policy, labels,
    simulate, created_at, expires_at, max_calls, rate_per_minute, budgets, parent_id, root_id)
  SELECT * FROM json_to_recordset($1::text::json) AS r(sequence bigint, id text, hash text, name text,
    vendor text, account text, role text, policy text, labels text, simulate boolean, "createdAt" bigint,
    "expiresAt" bigint, "maxCalls" bigint, "ratePerMinute" bigint, budgets text, "parentId" text, "rootId" text)`;
const INSERT_COUNTERS = `INSERT INTO vault_key_counters (vault_key)
  SELECT json_array_elements_text($1::text::json)::bigint`;
const INSERT_KEY_BOOKS = `INSERT INTO vault_key_books (vault_key, position, book_id)
  SELECT * FROM json_to_recordset($1::text::json) AS r(key bigint, position integer, book bigint)`;

function newKeys({ newKeys: rows }: Changes): Statement[] {
  return [
    ...each(
      INSERT_KEYS,
      rows.map(({ key, sequence }) => ({
        ...key,
        sequence,
        policy: JSON.stringify(key.policy),
        labels: JSON.stringify(key.labels),
        budgets: JSON.stringify(key.budgets),
      })),
    ),
    ...each(
      INSERT_COUNTERS,
      rows.map(({ sequence }) => sequence),
    ),
    ...each(
      INSERT_KEY_BOOKS,
      rows.flatMap(({ sequence, bookIds }) =>
        bookIds.map((book, position) => ({ key: sequence, position, book })),
      ),
    ),
  ];
}

const GIVE_BACK = `DELETE FROM claims
  WHERE sequence IN (SELECT json_array_elements_text($1::text::json)::bigint)`;

const STORED_NAMES = STORED_COLUMNS.map(({ column }) => column).join(", ");
/** The row, its id's, and its claim's unless it was given back in the same batch. */
const INSERT_CALLS = `WITH rows AS MATERIALIZED (SELECT * FROM ${rowsOf(STORED_COLUMNS)}), ids AS (
    INSERT INTO call_ids (call_id, sequence, booked_at) SELECT call_id, sequence, booked_at FROM rows
  ), claimed AS (
    INSERT INTO claims (key, scope, account, vendor, simulate, sequence, booked_at)
      SELECT claim_key, claim_scope, account, vendor, simulate, sequence, booked_at FROM rows WHERE claim_live
  ) INSERT INTO calls (${STORED_NAMES}) SELECT ${STORED_NAMES} FROM rows`;

function newCalls({ newCalls: rows, claimsGivenBack }: Changes): Statement[] {
  const givenBack = new Set(claimsGivenBack);
  return each(
    INSERT_CALLS,
    rows.map((row) => storedCall(row, givenBack.has(row.sequence))),
  );
}

function storedCall(row: NewCall, isGivenBack: boolean): Record<string, unknown> {
  const stored: Record<string, unknown> = {};
  for (const { column, value } of STORED_COLUMNS) stored[column] = value(row);
  if (isGivenBack) stored.claim_live = false;
  return stored;
}

const PLACE_COLUMNS = [
  { column: "sequence", type: "integer" },
  { column: "booked_at", type: "integer" },
  { column: "claim_live", type: "boolean" },
] as const;
/** `$2` and `$3` keep the planner from opening other days. The body is kept while it may be sent again. */
const SETTLE = `UPDATE calls SET ${SETTLED_COLUMNS.map(({ column }) => `${column} = r.${column}`).join(", ")},
    claim_live = CASE WHEN calls.claim_live THEN r.claim_live ELSE calls.claim_live END,
    claim_body = CASE WHEN ${pendingIn("r")} THEN calls.claim_body END
  FROM ${rowsOf([...SETTLED_COLUMNS, ...PLACE_COLUMNS])}
  WHERE calls.sequence = r.sequence AND calls.booked_at = r.booked_at
    AND calls.booked_at BETWEEN $2::bigint AND $3::bigint`;

function settledCalls(rows: Changes["calls"], places: Places): Statement[] {
  if (rows.size === 0) return [];
  const settled = [...rows.values()].map((row) => settledCall(row, places));
  const days = settled.map(({ booked_at }) => booked_at);
  return [{ sql: SETTLE, values: [toJson(settled), Math.min(...days), Math.max(...days)] }];
}

function settledCall(row: CallRow, places: Places): Record<string, unknown> & { booked_at: number } {
  const settled: Record<string, unknown> = {};
  for (const { field, column } of SETTLED_COLUMNS) settled[column] = row[field];
  const { sequence, hasClaim: claim_live } = row;
  return { ...settled, sequence, claim_live, booked_at: places.get(sequence) ?? 0 };
}

const KEEP_ANSWERS = `INSERT INTO answers (call, status, headers, body)
  SELECT * FROM json_to_recordset($1::text::json) AS r(call bigint, status bigint, headers text, body text)
  ON CONFLICT (call) DO UPDATE SET status = excluded.status, headers = excluded.headers, body = excluded.body`;

const FORGET_ANSWERS = `UPDATE answers SET body = NULL, delivered = true
  WHERE call IN (SELECT calls.sequence
  FROM json_to_recordset($1::text::json)
    AS r("objectId" text, vendor text, account text, simulate boolean, scope text)
  JOIN calls ON calls.object_id = r."objectId" AND calls.vendor = r.vendor AND calls.account = r.account
    AND calls.simulate = r.simulate AND calls.claim_scope = r.scope AND calls.claim_live)`;

function forgottenAnswers({ undone }: Changes): Statement[] {
  return each(
    FORGET_ANSWERS,
    undone.flatMap(({ objectIds, ...of }) => objectIds.map((objectId) => ({ objectId, ...of }))),
  );
}

const DELIVER = `UPDATE answers SET delivered = true
  WHERE call IN (SELECT json_array_elements_text($1::text::json)::bigint)`;

function answers({ answers: rows }: Changes): Statement[] {
  return each(
    KEEP_ANSWERS,
    [...rows].map(([call, { status, headers, body }]) => ({
      ...{ call, status, body },
      headers: JSON.stringify(headers),
    })),
  );
}

const COUNT_KEYS = `UPDATE vault_key_counters n SET calls = r.calls, rate_number = r.rate
  FROM json_to_recordset($1::text::json) AS r(key bigint, calls bigint, rate bigint) WHERE n.vault_key = r.key`;

function counters({ keys }: Changes): Statement[] {
  return each(
    COUNT_KEYS,
    [...keys.values()].map(({ sequence: key, calls, rateNumber: rate }) => ({ key, calls, rate })),
  );
}

const REVOKE = `UPDATE vault_keys k SET revoked_at = r.at
  FROM json_to_recordset($1::text::json) AS r(id text, at bigint) WHERE k.id = r.id`;
const PAUSE = `UPDATE vault_keys k SET paused_at = r.at
  FROM json_to_recordset($1::text::json) AS r(id text, at bigint) WHERE k.id = r.id`;
const PAUSE_BELOW = `UPDATE vault_keys k SET paused_above = r.above
  FROM json_to_recordset($1::text::json) AS r(id text, above bigint) WHERE k.id = r.id`;
const ROTATE = `UPDATE vault_keys k SET hash = r.hash, previous_hash = r."previousHash",
    previous_ends_at = r."previousEndsAt"
  FROM json_to_recordset($1::text::json) AS r(id text, hash text, "previousHash" text, "previousEndsAt" bigint)
  WHERE k.id = r.id`;
const SET_STOPS = "UPDATE ledger_clock SET stops = $1::text";
const SET_CAP = `UPDATE budgets b SET cap_micros = r.cap
  FROM json_to_recordset($1::text::json) AS r(id bigint, cap bigint) WHERE b.id = r.id`;

const UPDATE_BOOKS = `UPDATE books o SET held_micros = r."heldMicros", posted_micros = r."postedMicros",
    oldest_posted_at = r."oldestPostedAt", granted_cap_micros = r."grantedCapMicros"
  FROM json_to_recordset($1::text::json) AS r(id bigint, "heldMicros" bigint, "postedMicros" bigint,
    "oldestPostedAt" bigint, "grantedCapMicros" bigint) WHERE o.id = r.id`;
const DELETE_EXPIRED = `DELETE FROM postings t
  USING json_to_recordset($1::text::json) AS r(book bigint, until bigint)
  WHERE t.book_id = r.book AND t.posted_at <= r.until`;
const POST = `INSERT INTO postings (book_id, posted_at, micros)
  SELECT * FROM json_to_recordset($1::text::json) AS r(book bigint, at bigint, micros bigint)
  ON CONFLICT (book_id, posted_at) DO UPDATE SET micros = postings.micros + excluded.micros`;

function books({ books: rows, expiredUpTo, postings, clock }: Changes): Statement[] {
  const at = clock?.at ?? 0;
  return [
    ...each(UPDATE_BOOKS, [...rows.values()]),
    ...each(
      DELETE_EXPIRED,
      [...expiredUpTo].map(([book, until]) => ({ book, until })),
    ),
    ...each(POST, clock === null ? [] : [...postings].map(([book, micros]) => ({ book, at, micros }))),
  ];
}

/** An owner that has renewed its lease since it was looked at is not dead. */
const DEAD = `SELECT id FROM json_array_elements_text($1::text::json) AS d(id)
  WHERE NOT EXISTS (SELECT 1 FROM owners o WHERE o.id = d.id AND o.lease_ends_at > clock_timestamp())`;
const DISOWN_DEAD = `UPDATE calls SET state = 'unknown', owner = NULL WHERE state = 'held' AND owner IN (${DEAD})`;
const NOTE_DEAD = `UPDATE owners SET recovered = true WHERE id IN (${DEAD})`;

function deadOwners({ deadOwners: ids }: Changes): Statement[] {
  return [...each(DISOWN_DEAD, ids), ...each(NOTE_DEAD, ids)];
}

const DISOWN = `UPDATE calls SET state = 'unknown', owner = NULL WHERE state = 'held' AND owner = $1::text
  AND sequence IN (SELECT json_array_elements_text($2::text::json)::bigint)`;

/** What an owner holds of some calls becomes unknown. */
export function disown(owner: string, sequences: readonly number[]): Statement {
  return { sql: DISOWN, values: [owner, toJson(sequences)] };
}

/** The calls that `owner` holds once the changes are made, by their sequence. */
export function heldBy({ newCalls: made, calls }: Changes, owner: string): number[] {
  const rows = new Map(made.map(({ sequence, owner: holder }) => [sequence, holder]));
  for (const row of calls.values()) rows.set(row.sequence, row.owner);
  return [...rows].filter(([, holder]) => holder === owner).map(([sequence]) => sequence);
}
