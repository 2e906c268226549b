import { CALL_COLUMNS } from "../call-columns.ts";
import type { CallFilter, Claim, UnresolvedSum } from "../requests.ts";
import type { ListedCall, SequencePage, Store } from "../store.ts";
import { CALL_SELECT, IS_COUNTED, type StoredCall, toCall as toCallFrom } from "../stored-call.ts";
import type { Call } from "../types.ts";
import { type Statement, toJson } from "./connect.ts";
import type { Reader } from "./reader.ts";

type Row = StoredCall<unknown>;
type NumberedRow = Row & { readonly sequence: number };

/** The row as the interface shows it. The client has decoded everything; no labels are NULL. */
function toCall(row: Row): Call {
  return toCallFrom(row, (type, value) => (type === "json" ? (value ?? {}) : value));
}

/** The row of `p`, which says where it is. */
const AT_PLACE = "JOIN calls ON calls.sequence = p.sequence AND calls.booked_at = p.booked_at";

const BY_ID = `SELECT ${CALL_SELECT} FROM call_ids p ${AT_PLACE} WHERE p.call_id = $1::text`;

const CLAIM = `SELECT calls.call_id AS "callId", calls.vault_key_id AS "vaultKeyId", calls.act_digest AS "actDigest", calls.state
  FROM claims p ${AT_PLACE} WHERE p.key = $1::text AND p.scope = $2::text AND p.account = $3::text
    AND p.vendor = $4::text AND p.simulate = $5::boolean`;

const COUNTED = `SELECT coalesce(sum(usd_micros), 0)::bigint AS micros FROM calls WHERE object_id = $1::text
  AND ${IS_COUNTED} AND vendor = $2::text AND account = $3::text AND simulate = $4::boolean`;

const UNRESOLVED = `SELECT calls.sequence, calls.sent_at AS "sentAt", calls.claim_body AS body, ${CALL_SELECT}
  FROM calls WHERE state IN ('held', 'unknown', 'awaiting') AND state <> 'held' AND sequence > $1::bigint
  ORDER BY sequence LIMIT $2::bigint`;

const SUMS = `SELECT calls.state, count(*) AS calls, sum(calls.usd_micros)::bigint AS "usdMicros",
  min(calls.at) AS "oldestAt" FROM calls`;
const PENDING = "calls.state IN ('held', 'unknown', 'awaiting') AND NOT calls.simulate";
const SUM_ALL = `${SUMS} WHERE ${PENDING} GROUP BY calls.state`;
const SUM_CHARGED = `${SUMS} JOIN vault_keys k ON k.id = calls.vault_key_id
  JOIN vault_key_books c ON c.vault_key = k.sequence JOIN books o ON o.id = c.book_id
  JOIN budgets b ON b.id = o.budget_id
  WHERE ${PENDING} AND CASE WHEN $1::text IS NULL THEN c.position = 0 AND k.id = $2::text ELSE b.name = $1::text END
  GROUP BY calls.state`;

export function createCallReads(
  reader: Reader,
): Pick<Store, "findClaim" | "countedMicros" | "getCall" | "listUnresolved" | "sumUnresolved" | "listCalls"> {
  return {
    findClaim: async ({ key, scope, account, vendor, simulate }) => {
      const values = [key, scope, account, vendor, simulate];
      return (await reader.rows<Claim>({ sql: CLAIM, values }))[0] ?? null;
    },
    countedMicros: async ({ objectId, vendor, account, simulate }) => {
      const values = [objectId, vendor, account, simulate];
      return (await reader.rows<{ micros: number }>({ sql: COUNTED, values }))[0]?.micros ?? 0;
    },
    getCall: async (callId) => {
      const [row] = await reader.rows<Row>({ sql: BY_ID, values: [callId] });
      return row === undefined ? null : toCall(row);
    },
    listUnresolved: async ({ above, limit }) => {
      type Unresolved = NumberedRow & { readonly sentAt: number; readonly body: string | null };
      const rows = await reader.rows<Unresolved>({ sql: UNRESOLVED, values: [above, limit] });
      return rows.map((row) => ({
        ...{ sequence: row.sequence, sentAt: row.sentAt, body: row.body },
        call: toCall(row),
      }));
    },
    sumUnresolved: (filter) =>
      reader.rows<UnresolvedSum>(
        filter === null
          ? { sql: SUM_ALL, values: [] }
          : { sql: SUM_CHARGED, values: [filter.budget, filter.vaultKeyId] },
      ),
    listCalls: async (filter, page): Promise<readonly ListedCall[]> => {
      const rows = await reader.rows<NumberedRow>(listStatement(filter, page));
      return rows.map((row) => ({ sequence: row.sequence, call: toCall(row) }));
    },
  };
}

/**
 * Newest first in the order of booking, which no clock can change. Times filter by `at`; a row is booked at its `at`
 * or, by at most the clock's lag, later: so days are left out that cannot hold what is asked for.
 */
function listStatement(filter: CallFilter, { below, limit }: SequencePage): Statement {
  const { labels = {}, from, to, ...fields } = filter;
  const values: (string | number)[] = [];
  const value = (given: string | number): string => `$${values.push(given)}`;
  const conditions = [
    `calls.sequence < ${value(below ?? Number.MAX_SAFE_INTEGER)}::bigint`,
    ...CALL_COLUMNS.flatMap(({ field, column }) => {
      const asked: unknown = Reflect.get(fields, field);
      return typeof asked === "string" ? [`calls.${column} = ${value(asked)}::text`] : [];
    }),
  ];
  if (Object.keys(labels).length > 0)
    conditions.push(`calls.labels @> ${value(toJson(labels))}::text::jsonb`);
  if (from !== undefined) {
    const earliest = value(from);
    conditions.push(`calls.at >= ${earliest}::bigint AND calls.booked_at >= ${earliest}::bigint`);
  }
  if (to !== undefined) {
    const end = value(to);
    const lag = "(SELECT lag_max_ms FROM ledger_clock)";
    conditions.push(`calls.at < ${end}::bigint AND calls.booked_at < ${end}::bigint + ${lag}`);
  }
  const sql = `SELECT calls.sequence, ${CALL_SELECT} FROM calls WHERE ${conditions.join(" AND ")}
    ORDER BY calls.sequence DESC LIMIT ${value(limit)}::bigint`;
  return { sql, values };
}
