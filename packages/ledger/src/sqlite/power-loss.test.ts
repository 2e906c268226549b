import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { admissionFixture, START, settlementFixture, vaultKeyFixture } from "../../test/fixtures.ts";
import { openNodeSqlite } from "./driver.ts";
import { openSqliteLedger } from "./open.ts";

const SECTOR = 512;
const LOSSES = 40;
const WORKERS = 8;

/**
 * A store whose power can be cut: of what was written after the last sync, each sector is on the disk or is not.
 * The database itself is written by checkpoints alone, which SQLite syncs by itself; none is due in so few pages.
 */
async function openOnDisk(folder: string) {
  const path = join(folder, "keybrake.db");
  const log = `${path}-wal`;
  let synced = Buffer.alloc(0);
  const ledger = await openSqliteLedger({
    path,
    driver: (file) => {
      const real = openNodeSqlite(file);
      return {
        ...real,
        sync: async () => {
          // What comes while it is synced may be on the disk and may not.
          const before = readFileSync(log);
          await real.sync();
          synced = before;
        },
      };
    },
  });
  const cutPower = (name: string, random: () => number) => {
    const cut = join(folder, name);
    copyFileSync(path, cut);
    const written = readFileSync(log);
    const length = synced.length + Math.floor(random() * (written.length - synced.length + 1));
    const left = Buffer.alloc(length);
    synced.copy(left);
    for (let at = 0; at < length; at += SECTOR) {
      if (random() < 0.5) written.copy(left, at, at, Math.min(at + SECTOR, length));
    }
    writeFileSync(`${cut}-wal`, left);
    return { cut, isTorn: !left.equals(written) };
  };
  return { ledger, cutPower };
}

/** As in "Xorshift RNGs" (Marsaglia, 2003): the same losses in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

test("whatever was acknowledged before the power went is in the books, and the books are right", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keybrake-power-"));
  const random = seeded(20261122);
  try {
    const { ledger, cutPower } = await openOnDisk(folder);
    await ledger.createVaultKey(vaultKeyFixture("key"));
    const acknowledged = new Map<string, "admitted" | "settled">();
    let isOver = false;
    const work = Array.from({ length: WORKERS }, async (_, worker) => {
      for (let index = 0; !isOver; index++) {
        const callId = `${worker}-${index}`;
        await ledger.admit(admissionFixture(callId));
        acknowledged.set(callId, "admitted");
        await ledger.settle(settlementFixture(callId));
        acknowledged.set(callId, "settled");
      }
    });
    let torn = 0;
    for (let loss = 0; loss < LOSSES; loss++) {
      for (let turns = Math.floor(random() * 8); turns >= 0; turns--) await turn();
      const { cut, isTorn } = cutPower(`cut-${loss}.db`, random);
      const heard = new Map(acknowledged);
      const left = await openSqliteLedger({ path: cut });
      for (const [callId, event] of heard) {
        const state = (await left.getCall(callId))?.state;
        expect(state).toBeOneOf(event === "settled" ? ["posted"] : ["unknown", "posted"]);
      }
      const report = await left.verify(START);
      expect(report.problems).toEqual([]);
      expect(report.heldMicros).toBe(0);
      if (isTorn) torn++;
      await left.close();
    }
    isOver = true;
    await Promise.all(work);
    await ledger.close();
    // Between a commit and its sync: what nobody had heard of is lost, or half of it.
    expect(torn).toBeGreaterThan(LOSSES / 4);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
