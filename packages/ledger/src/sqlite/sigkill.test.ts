import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { START, vaultKeyFixture } from "../../test/fixtures.ts";
import { openSqliteLedger } from "./open.ts";

const CHILD = fileURLToPath(new URL("../../test/admit-until-killed.ts", import.meta.url));
const KILLS = 10;

/** Runs the child, kills it once it has acknowledged so many lines, and answers with the whole lines it wrote. */
function runAndKill(path: string, prefix: string, lines: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, path, prefix], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      if (output.split("\n").length > lines) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", (_code, signal) => {
      if (signal === "SIGKILL") resolve(output.split("\n").slice(0, -1));
      else reject(new Error("the child ended by itself"));
    });
  });
}

test("whatever was acknowledged before a SIGKILL is in the books, and the books are right", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keybrake-sigkill-"));
  const path = join(folder, "keybrake.db");
  const first = await openSqliteLedger({ path });
  await first.createVaultKey(vaultKeyFixture("key"));
  await first.close();
  try {
    for (let round = 0; round < KILLS; round++) {
      // Different moments: in the first commits, and in the midst of a running log.
      const acknowledged = await runAndKill(path, `r${round}`, 1 + round * 60);
      expect(acknowledged.length).toBeGreaterThan(0);
      const ledger = await openSqliteLedger({ path });
      for (const line of acknowledged) {
        const [event = "", callId = ""] = line.split(" ");
        const call = await ledger.getCall(callId);
        // Admitted and killed before the settlement: nobody knows. Settled: nothing else will do.
        expect(call?.state).toBeOneOf(event === "settled" ? ["posted"] : ["unknown", "posted"]);
      }
      const report = await ledger.verify(START);
      expect(report.problems).toEqual([]);
      expect(report.heldMicros).toBe(0);
      const used = await ledger.getVaultKey("key", START);
      expect(used).toMatchObject({ spentMicros: report.postedMicros, heldMicros: report.unknownMicros });
      expect(used?.calls).toBe(report.calls);
      await ledger.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
