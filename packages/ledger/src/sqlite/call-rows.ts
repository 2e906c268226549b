import { CALL_COLUMNS, type CallColumn } from "../call-columns.ts";
import type { NewCall } from "../rows.ts";
import type { Call } from "../types.ts";
import type { SqliteValue } from "./driver.ts";

/** A call's row under its columns' names. */
export type SqliteCallRow = Readonly<Record<(typeof CALL_COLUMNS)[number]["column"], SqliteValue>>;

/** The columns of a `Call`. */
export const CALL_SELECT = CALL_COLUMNS.map(({ column }) => `calls.${column}`).join(", ");

/** The row as the interface shows it. */
export function toCall(row: SqliteCallRow): Call {
  const call: Record<string, unknown> = {};
  for (const { field, column, type } of CALL_COLUMNS) call[field] = decode(type, row[column]);
  // The table says which fields there are and of which types; the schema, which of them may be null.
  return call as unknown as Call;
}

function decode(type: CallColumn["type"], value: SqliteValue): unknown {
  if (type === "boolean") return value === 1;
  if (type === "json") return typeof value === "string" ? JSON.parse(value) : {};
  return value;
}

interface InsertedColumn {
  readonly column: string;
  readonly value: (row: NewCall) => SqliteValue;
}

/** What the ledger keeps of a call beside what it shows. */
const OWN_COLUMNS: readonly InsertedColumn[] = [
  { column: "sequence", value: (row) => row.sequence },
  { column: "previous_of_key", value: (row) => row.previousOfKey },
  { column: "booked_at", value: (row) => row.bookedAt },
  { column: "rate_number", value: (row) => row.rateNumber },
  { column: "owner", value: (row) => row.owner },
  { column: "sent_at", value: (row) => row.sentAt },
  { column: "claim_scope", value: ({ claim }) => claim?.scope ?? null },
  { column: "claim_key", value: ({ claim }) => claim?.key ?? null },
  { column: "claim_live", value: ({ claim }) => (claim === null ? null : 1) },
  { column: "act_digest", value: ({ claim }) => claim?.actDigest ?? null },
  { column: "claim_body", value: ({ claim }) => claim?.body ?? null },
];

const INSERTED_COLUMNS: readonly InsertedColumn[] = [
  ...CALL_COLUMNS.map((column) => ({ column: column.column, value: encoder(column) })),
  ...OWN_COLUMNS,
];

export const CALL_INSERT = `INSERT INTO calls (${INSERTED_COLUMNS.map(({ column }) => column).join(", ")})
  VALUES (${INSERTED_COLUMNS.map(() => "?").join(", ")})`;

/** The values of `CALL_INSERT`, in its order. */
export function insertedValues(row: NewCall): SqliteValue[] {
  return INSERTED_COLUMNS.map(({ value }) => value(row));
}

function encoder({ field }: (typeof CALL_COLUMNS)[number]): (row: NewCall) => SqliteValue {
  if (field === "simulate") return ({ call }) => (call.simulate ? 1 : 0);
  if (field === "labels") return ({ call }) => (hasLabels(call) ? JSON.stringify(call.labels) : null);
  return ({ call }) => call[field];
}

function hasLabels({ labels }: Call): boolean {
  for (const _ in labels) return true;
  return false;
}
