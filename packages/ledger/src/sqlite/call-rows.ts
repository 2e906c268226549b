import type { CallColumn } from "../call-columns.ts";
import type { NewCall } from "../rows.ts";
import { STORED_COLUMNS, type StoredCall, type StoredColumn, toCall as toCallFrom } from "../stored-call.ts";
import type { Call } from "../types.ts";
import type { SqliteValue } from "./driver.ts";

/** A call's row under its columns' names. */
export type SqliteCallRow = StoredCall<SqliteValue>;

/** The row as the interface shows it. */
export function toCall(row: SqliteCallRow): Call {
  return toCallFrom(row, decode);
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

const INSERTED_COLUMNS: readonly InsertedColumn[] = [
  ...STORED_COLUMNS.map((column) => ({ column: column.column, value: encoder(column) })),
  // Where the chain of a key's rows goes on, which stands for an index by key.
  { column: "previous_of_key", value: (row) => row.previousOfKey },
];

export const CALL_INSERT = `INSERT INTO calls (${INSERTED_COLUMNS.map(({ column }) => column).join(", ")})
  VALUES (${INSERTED_COLUMNS.map(() => "?").join(", ")})`;

/** The values of `CALL_INSERT`, in its order. */
export function insertedValues(row: NewCall): SqliteValue[] {
  return INSERTED_COLUMNS.map(({ value }) => value(row));
}

function encoder({ value }: StoredColumn): (row: NewCall) => SqliteValue {
  return (row) => encode(value(row));
}

function encode(value: ReturnType<StoredColumn["value"]>): SqliteValue {
  if (value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "object") return JSON.stringify(value);
  return value;
}
