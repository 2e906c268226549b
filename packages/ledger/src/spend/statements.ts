import type { AlertStatement } from "../alerts/statements.ts";
import {
  DAILY_WINDOW_MS,
  SPEND_DAYS_KEPT,
  SPEND_HOURS_KEPT,
  SPEND_STEP_ROWS,
  SPEND_TAIL_ROWS,
} from "../limits.ts";
import { IS_PENDING } from "../retention.ts";
import type { SpendBin, SpendQuery } from "./spend-book.ts";

/*
 * In SQL that every store speaks. What a call came to may still change while its money is reserved, and while a read has
 * no answer: such a row is passed, noted in `spend_open`, and added when it has come to its end. So each row is added
 * once, by whichever step finds it settled.
 */

const of = (sql: string, ...values: AlertStatement["values"]): AlertStatement => ({ sql, values });

export const BIN_MS: Readonly<Record<SpendBin, number>> = { hour: 60 * 60 * 1000, day: DAILY_WINDOW_MS };

const IS_OPEN = `(${IS_PENDING} OR (calls.state = 'none' AND calls.decision = 'allowed' AND calls.status IS NULL))`;

/** Where the sums are; nothing is added up until somebody first looks. Scalars, so that every store seeks its rows by them. */
const TOLD = "(SELECT coalesce(max(call), 0) FROM spend_cursor)";
const NEXT = "(SELECT coalesce(max(next), 0) FROM spend_cursor)";
const IS_NEW = `calls.sequence > ${TOLD} AND calls.sequence <= ${NEXT}`;
const IS_PASSED = "calls.sequence IN (SELECT call FROM spend_open)";

/** What a row is added to; no name is an empty one. */
const NAME = `CASE d.dimension WHEN 'key' THEN calls.vault_key_id WHEN 'role' THEN coalesce(calls.role, '')
  WHEN 'agent' THEN coalesce(calls.agent, '') ELSE coalesce(calls.run_id, '') END`;

const DIMENSIONS = ["key", "role", "agent", "run"]
  .map((name) => `SELECT '${name}' AS dimension`)
  .join(" UNION ALL ");
const BINS = ["hour", "day"] as const satisfies readonly SpendBin[];
const KEPT_MS: Readonly<Record<SpendBin, number>> = {
  hour: SPEND_HOURS_KEPT * BIN_MS.hour,
  day: SPEND_DAYS_KEPT * BIN_MS.day,
};
const GRAINS = BINS.map(
  (bin) => `SELECT CAST(${BIN_MS[bin]} AS BIGINT) AS grain, CAST(${KEPT_MS[bin]} AS BIGINT) AS kept`,
).join(" UNION ALL ");
const LATEST = "(SELECT latest_at FROM ledger_clock)";

const sumOf = (what: string, name: string) => `CAST(sum(${what}) AS BIGINT) AS ${name}`;
const when = (condition: string, what: string) => `CASE WHEN ${condition} THEN ${what} ELSE 0 END`;

const MOVED = sumOf(when("calls.state = 'posted'", "calls.usd_micros"), "moved_micros");
const POSTED = sumOf(when("calls.state = 'posted' AND calls.usd_micros > 0", "1"), "posted");
const DENIED = sumOf(when("calls.decision = 'denied'", "calls.times"), "denied");
const CALLS = sumOf("calls.times", "calls");

/** Rows of one step that have come to their end: new ones, and those that were passed. */
const SETTLED = `SELECT calls.* FROM calls WHERE ${IS_NEW} AND NOT ${IS_OPEN} AND NOT calls.simulate
  UNION ALL SELECT calls.* FROM calls WHERE ${IS_PASSED} AND NOT ${IS_OPEN}`;

const add = (column: string) => `${column} = spend_sums.${column} + excluded.${column}`;

/** One transaction. */
export const ADVANCE: readonly AlertStatement[] = [
  of("INSERT INTO spend_cursor (id, call, next) VALUES (1, 0, 0) ON CONFLICT (id) DO NOTHING"),
  of(
    `UPDATE spend_cursor SET next = (SELECT CASE WHEN top < spend_cursor.call THEN spend_cursor.call
        WHEN top < spend_cursor.call + ${SPEND_STEP_ROWS} THEN top ELSE spend_cursor.call + ${SPEND_STEP_ROWS} END
      FROM (SELECT coalesce(max(sequence), 0) AS top FROM calls) m)`,
  ),
  of(
    `INSERT INTO spend_sums (grain, dimension, starts_at, name, moved_micros, posted, denied, calls)
       SELECT g.grain, d.dimension, calls.at - calls.at % g.grain, ${NAME}, ${MOVED}, ${POSTED}, ${DENIED}, ${CALLS}
       FROM (${SETTLED}) calls CROSS JOIN (${GRAINS}) g CROSS JOIN (${DIMENSIONS}) d
       WHERE calls.at >= ${LATEST} - g.kept
       GROUP BY g.grain, d.dimension, calls.at - calls.at % g.grain, ${NAME}
       ON CONFLICT (grain, dimension, starts_at, name)
         DO UPDATE SET ${["moved_micros", "posted", "denied", "calls"].map(add).join(", ")}`,
  ),
  of(
    `DELETE FROM spend_open
       WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.sequence = spend_open.call AND ${IS_OPEN})`,
  ),
  of(
    `INSERT INTO spend_open (call)
       SELECT calls.sequence FROM calls WHERE ${IS_NEW} AND ${IS_OPEN} AND NOT calls.simulate`,
  ),
  of("UPDATE spend_cursor SET call = next"),
  ...BINS.map((bin) =>
    of(
      `DELETE FROM spend_sums WHERE grain = ${BIN_MS[bin]} AND dimension IN ('key', 'role', 'agent', 'run')
         AND starts_at < ${LATEST} - ${KEPT_MS[bin] + BIN_MS[bin]}`,
    ),
  ),
];

/** Where the sums are; `open`: something that was passed has come to its end since. */
export const STANDING = of(
  `SELECT ${TOLD} AS told, (SELECT coalesce(max(sequence), 0) FROM calls) AS newest,
     CASE WHEN EXISTS (SELECT 1 FROM calls WHERE ${IS_PASSED} AND NOT ${IS_OPEN}) THEN 1 ELSE 0 END AS open`,
);

const HELD = sumOf(when(IS_PENDING, "calls.usd_micros"), "held_micros");
const SUMS = ["moved_micros", "held_micros", "posted", "denied", "calls"];
const summed = SUMS.map((column) => sumOf(column, column)).join(", ");

/** Rows that no step has come to, as many as are read one by one. */
const IS_TAIL = `calls.sequence > ${TOLD} AND calls.sequence <= ${TOLD} + ${SPEND_TAIL_ROWS}`;

/** The sums of a span, and what is in none of them yet: the newest rows, and those that were passed. */
export function readSpend({ by, from, to, bin, groupsMax }: SpendQuery): AlertStatement {
  const grain = BIN_MS[bin];
  const rows = (found: string) => `SELECT calls.at - calls.at % ${grain} AS at, ${NAME} AS name,
      ${MOVED}, ${HELD}, ${POSTED}, ${DENIED}, ${CALLS}
    FROM calls CROSS JOIN (SELECT CAST(? AS TEXT) AS dimension) d
    WHERE ${found} AND NOT calls.simulate AND calls.at >= CAST(? AS BIGINT) AND calls.at < CAST(? AS BIGINT)
    GROUP BY calls.at - calls.at % ${grain}, ${NAME}`;
  const span = [by, from, to];
  const sql = `WITH parts AS (
    SELECT starts_at AS at, name, moved_micros, CAST(0 AS BIGINT) AS held_micros, posted, denied, calls FROM spend_sums
      WHERE grain = ${grain} AND dimension = CAST(? AS TEXT)
        AND starts_at >= CAST(? AS BIGINT) AND starts_at < CAST(? AS BIGINT)
    UNION ALL ${rows(IS_TAIL)}
    UNION ALL ${rows(IS_PASSED)}
  ), groups AS (
    SELECT name, ${summed} FROM parts GROUP BY name ORDER BY moved_micros DESC, held_micros DESC, denied DESC, name
      LIMIT CAST(? AS BIGINT)
  ), told AS (
    SELECT p.at, g.name, ${SUMS.map((column) => sumOf(`p.${column}`, column)).join(", ")}
      FROM parts p LEFT JOIN groups g ON g.name = p.name GROUP BY p.at, g.name
  ) SELECT at, name, ${SUMS.map((column) => `${column} AS "${spelt(column)}"`).join(", ")},
      CASE WHEN CAST(? AS TEXT) = 'key' THEN (SELECT k.name FROM vault_keys k WHERE k.id = told.name) END AS title
    FROM told ORDER BY at`;
  return of(sql, ...span, ...span, ...span, groupsMax, by);
}

/** `moved_micros` → `movedMicros`. */
function spelt(column: string): string {
  return column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
