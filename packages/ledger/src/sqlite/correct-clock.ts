import { correctionStatements } from "../correct-clock.ts";
import type { SqliteDriver } from "./driver.ts";

/** Takes back what a clock that was ahead has done to the books (`correctionStatements`). One transaction. */
export function correctClock(driver: SqliteDriver, now: number): void {
  driver.exec("BEGIN IMMEDIATE");
  try {
    for (const sql of correctionStatements(now)) driver.exec(sql);
    driver.exec("COMMIT");
  } catch (error) {
    driver.exec("ROLLBACK");
    throw error;
  }
}
