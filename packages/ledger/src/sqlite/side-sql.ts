import type { AlertSql } from "../alerts/create-alert-book.ts";
import type { SqliteDriver, SqliteStatement } from "./driver.ts";
import { read } from "./to-ledger-error.ts";

/** `alter` runs what it is given as one durable transaction. Statements are prepared when they are first wanted. */
export function createSqliteSql(driver: SqliteDriver, alter: (work: () => void) => Promise<void>): AlertSql {
  const prepared = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const known = prepared.get(sql) ?? driver.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    run: async (statements) =>
      alter(() => {
        for (const { sql, values } of statements) prepare(sql).run(...values);
      }),
    rows: <R>({
      sql,
      values,
    }: {
      readonly sql: string;
      readonly values: readonly (string | number | null)[];
    }) => read(() => prepare(sql).all(...values) as R[]),
  };
}
