import { expect, test } from "vitest";
import { ADVANCE, readSpend, STANDING } from "../spend/statements.ts";
import { openNodeSqlite } from "./driver.ts";
import { migrate } from "./migrate.ts";

test("no statement of what was spent reads all calls", () => {
  const driver = openNodeSqlite(":memory:");
  migrate(driver);
  const query = { by: "run", from: 0, to: 1, bin: "hour", groupsMax: 8 } as const;
  for (const { sql, values } of [...ADVANCE, STANDING, readSpend(query)]) {
    const plan = driver.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    const details = plan.map(({ detail }) => detail);
    // What is added up is few rows, under the name that their conditions have.
    const isAdded = details.includes("CO-ROUTINE calls");
    const whole = details.filter((detail) => /SCAN (?:calls|spend_sums)\b/.test(detail));
    expect(whole, sql).toEqual(isAdded ? ["SCAN calls"] : []);
  }
  driver.close();
});
