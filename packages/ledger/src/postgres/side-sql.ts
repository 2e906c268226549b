import type { AlertSql } from "../alerts/create-alert-book.ts";
import type { AlertStatement } from "../alerts/statements.ts";
import { type Statement, toText } from "./connect.ts";
import type { Reader } from "./reader.ts";
import type { Transactions } from "./transactions.ts";

/** Every replica has the same: changes follow one another as all do (`ledger_clock`), so each is made once. */
export function createPostgresSql(transactions: Transactions, reader: Reader): AlertSql {
  return {
    run: (statements) => transactions.run(statements.map(numbered)),
    rows: (statement) => reader.rows(numbered(statement)),
  };
}

/** With `$1`, `$2` … for each `?`; none of the statements has one in a text. */
function numbered({ sql, values }: AlertStatement): Statement {
  let count = 0;
  return {
    sql: sql.replaceAll("?", () => `$${++count}`),
    values: values.map((value) => (typeof value === "string" ? toText(value) : value)),
  };
}
