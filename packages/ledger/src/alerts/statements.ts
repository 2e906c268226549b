import { DAILY_WINDOW_MS } from "../limits.ts";
import type { AlertFiring, AlertMark } from "./alert-book.ts";

/** In SQL that every store speaks; `?` are its parameters. Casts, because Postgres must know the type of each. */
export interface AlertStatement {
  readonly sql: string;
  readonly values: readonly (string | number | null)[];
}

const of = (sql: string, ...values: AlertStatement["values"]): AlertStatement => ({ sql, values });

const DELIVERY = `sequence, alert_id AS "alertId", target_id AS "targetId", type, payload, created_at AS "createdAt",
  state, attempts, due_at AS "dueAt", status, error, ended_at AS "endedAt"`;

export const LIST_TARGETS = of(
  `SELECT id, kind, shown, box, types, created_at AS "createdAt", dropped FROM alert_targets ORDER BY created_at, id`,
);

/** What was before the first target is told to nobody. */
export const beginNow = (at: number): AlertStatement =>
  of(
    `INSERT INTO alert_cursor (id, call, booked_at, began_at, looked_at)
       SELECT 1, (SELECT coalesce(max(sequence), 0) FROM calls), (SELECT latest_at FROM ledger_clock),
         CAST(? AS BIGINT), CAST(? AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM alert_targets)
       ON CONFLICT (id) DO UPDATE SET call = excluded.call, booked_at = excluded.booked_at,
         began_at = excluded.began_at, looked_at = excluded.looked_at`,
    at,
    at,
  );

export interface StoredTarget {
  readonly id: string;
  readonly kind: string;
  readonly shown: string;
  readonly box: string;
  readonly types: string | null;
  readonly createdAt: number;
}

const insertTarget = (target: StoredTarget, otherwise: string): AlertStatement =>
  of(
    `INSERT INTO alert_targets (id, kind, shown, box, types, created_at, dropped) VALUES (?, ?, ?, ?, ?, ?, 0) ${otherwise}`,
    ...[target.id, target.kind, target.shown, target.box, target.types, target.createdAt],
  );

export const addTarget = (target: StoredTarget): AlertStatement => insertTarget(target, "");

export const putTarget = (target: StoredTarget): AlertStatement =>
  insertTarget(
    target,
    `ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, shown = excluded.shown, box = excluded.box,
       types = excluded.types`,
  );

export const removeTarget = (id: string): readonly AlertStatement[] => [
  of("DELETE FROM alert_deliveries WHERE target_id = ?", id),
  of("DELETE FROM alert_targets WHERE id = ?", id),
];

/** Guards from now on, unless one of the name guards already: then it stays, with the alert that set it. */
const setMark = ({ name, until }: AlertMark, alertId: string, at: number): AlertStatement =>
  of(
    `INSERT INTO alert_marks (name, until, alert_id) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET until = excluded.until, alert_id = excluded.alert_id
       WHERE alert_marks.until <= ?`,
    ...[name, until, alertId, at],
  );

/** Whether the alert is the one that set the mark: two parameters, its name and the alert. */
const IS_FIRST = "EXISTS (SELECT 1 FROM alert_marks WHERE name = ? AND alert_id = ?)";

const setWith = (first: AlertMark, { name, until }: AlertMark, alertId: string): AlertStatement =>
  of(
    `INSERT INTO alert_marks (name, until, alert_id)
       SELECT CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT) WHERE ${IS_FIRST}
       ON CONFLICT (name) DO UPDATE SET until = excluded.until, alert_id = excluded.alert_id`,
    ...[name, until, alertId, first.name, alertId],
  );

const deliver = ({ id, type, payload, once, onlyTarget }: AlertFiring, at: number): AlertStatement =>
  of(
    `INSERT INTO alert_deliveries (alert_id, target_id, type, payload, created_at, state, attempts, due_at)
       SELECT CAST(? AS TEXT), t.id, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), 'pending', 0, CAST(? AS BIGINT)
         FROM alert_targets t WHERE ${IS_FIRST} AND CASE WHEN CAST(? AS TEXT) IS NULL
           THEN t.types IS NULL OR replace(t.types, ?, '') <> t.types ELSE t.id = ? END`,
    ...[id, type, payload, at, at, once.name, id, onlyTarget, JSON.stringify(type), onlyTarget],
  );

const PENDING =
  "(SELECT count(*) FROM alert_deliveries d WHERE d.target_id = alert_targets.id AND d.state = 'pending')";

/** Marks that guard no longer stay for so long: what happened before their end may be found later, after a crash. */
const MARKS_KEPT_MS = 7 * DAILY_WINDOW_MS;

export function fire(
  firings: readonly AlertFiring[],
  { at, keptMax }: { readonly at: number; readonly keptMax: number },
): readonly AlertStatement[] {
  return [
    of("DELETE FROM alert_marks WHERE until <= ?", at - MARKS_KEPT_MS),
    ...firings.flatMap((firing) => [
      setMark(firing.once, firing.id, firing.at),
      ...firing.alsoMarks.map((mark) => setWith(firing.once, mark, firing.id)),
      deliver(firing, at),
    ]),
    of(
      `UPDATE alert_targets SET dropped = dropped + ${PENDING} - CAST(? AS BIGINT) WHERE ${PENDING} > ?`,
      ...[keptMax, keptMax],
    ),
    of(
      `DELETE FROM alert_deliveries WHERE sequence IN (SELECT sequence FROM (
         SELECT sequence, row_number() OVER (PARTITION BY target_id, state ORDER BY sequence DESC) AS place
           FROM alert_deliveries) ranked WHERE place > ?)`,
      keptMax,
    ),
  ];
}

export const dueTargets = (at: number): AlertStatement =>
  of(
    `SELECT target_id AS id FROM alert_deliveries WHERE state = 'pending' GROUP BY target_id
       HAVING min(due_at) <= ? AND coalesce(max(claimed_until), 0) <= ?`,
    ...[at, at],
  );

/** Of what is due, the oldest, unless somebody is sending the target something. */
export const claim = (asked: {
  readonly targetId: string;
  readonly token: string;
  readonly at: number;
  readonly until: number;
}): AlertStatement =>
  of(
    `UPDATE alert_deliveries SET claim = ?, claimed_until = ?, attempts = attempts + 1 WHERE sequence =
       (SELECT min(sequence) FROM alert_deliveries WHERE target_id = ? AND state = 'pending' AND due_at <= ?)
       AND NOT EXISTS (SELECT 1 FROM alert_deliveries o
         WHERE o.target_id = ? AND o.state = 'pending' AND o.claimed_until > ?)`,
    ...[asked.token, asked.until, asked.targetId, asked.at, asked.targetId, asked.at],
  );

export const claimed = (token: string): AlertStatement =>
  of(`SELECT ${DELIVERY} FROM alert_deliveries WHERE claim = ?`, token);

export const noteOutcome = (outcome: {
  readonly sequence: number;
  readonly token: string;
  readonly state: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly dueAt: number;
  readonly at: number;
}): AlertStatement =>
  of(
    `UPDATE alert_deliveries SET state = ?, status = ?, error = ?, due_at = ?, claim = NULL, claimed_until = NULL,
       ended_at = ? WHERE sequence = ? AND claim = ?`,
    ...[outcome.state, outcome.status, outcome.error, outcome.dueAt],
    ...[outcome.state === "pending" ? null : outcome.at, outcome.sequence, outcome.token],
  );

export const listDeliveries = (page: {
  readonly targetId: string | null;
  readonly below: number | null;
  readonly limit: number;
}): AlertStatement =>
  of(
    `SELECT ${DELIVERY} FROM alert_deliveries WHERE sequence < ? AND (CAST(? AS TEXT) IS NULL OR target_id = ?)
       ORDER BY sequence DESC LIMIT ?`,
    ...[page.below ?? Number.MAX_SAFE_INTEGER, page.targetId, page.targetId, page.limit],
  );

export const CURSOR = of(
  `SELECT call, booked_at AS "bookedAt", began_at AS "beganAt", looked_at AS "lookedAt" FROM alert_cursor`,
);

export const moveCursor = (to: {
  readonly call: number;
  readonly bookedAt: number;
  readonly lookedAt: number;
}): AlertStatement =>
  of(
    "UPDATE alert_cursor SET call = ?, booked_at = ?, looked_at = ? WHERE call <= ? AND looked_at <= ?",
    ...[to.call, to.bookedAt, to.lookedAt, to.call, to.lookedAt],
  );

/** The time of booking never decreases with the sequence: it says on which days to look. */
export const seeCalls = (after: { readonly call: number; readonly bookedAt: number }, limit: number) =>
  of(
    `SELECT sequence, booked_at AS "bookedAt", vault_key_id AS "vaultKeyId", vault_key_name AS "vaultKeyName", simulate,
       decision, code, times, usd_micros AS "usdMicros" FROM calls
       WHERE sequence > ? AND booked_at >= ? ORDER BY sequence LIMIT ?`,
    ...[after.call, after.bookedAt, limit],
  );

/** Whether nobody was told: one parameter, how the name of the mark begins. */
const UNTOLD = (id: string): string =>
  `NOT EXISTS (SELECT 1 FROM alert_marks WHERE alert_marks.name = CAST(? AS TEXT) || ${id})`;

const TROUBLED = `call_id AS "callId", vault_key_id AS "vaultKeyId", vault_key_name AS "vaultKeyName"`;

export const untoldUnknown = (prefix: string, limit: number): AlertStatement =>
  of(
    `SELECT ${TROUBLED}, usd_micros AS "usdMicros" FROM calls WHERE state = 'unknown' AND state <> 'none'
       AND NOT simulate AND ${UNTOLD("call_id")} ORDER BY sequence LIMIT ?`,
    ...[prefix, limit],
  );

export const untoldOverHolds = (prefix: string, since: number, limit: number): AlertStatement =>
  of(
    `SELECT ${TROUBLED}, over_hold_micros AS "usdMicros" FROM calls WHERE over_hold_micros > 0 AND posted_at >= ?
       AND NOT simulate AND ${UNTOLD("call_id")} ORDER BY posted_at, sequence LIMIT ?`,
    ...[since, prefix, limit],
  );

export const untoldRevoked = (prefix: string, since: number, limit: number): AlertStatement =>
  of(
    `SELECT id, name, revoked_at AS "revokedAt" FROM vault_keys WHERE revoked_at IS NOT NULL AND revoked_at >= ?
       AND ${UNTOLD("id")} ORDER BY revoked_at, sequence LIMIT ?`,
    ...[since, prefix, limit],
  );
