import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { admissionFixture, START, settlementFixture, vaultKeyFixture } from "../../test/fixtures.ts";
import type { Ledger } from "../interface.ts";
import { CLOCK_AHEAD_MAX_MS, CLOCK_BEHIND_MAX_MS } from "../limits.ts";
import { openSqliteLedger } from "./open.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keybrake-clock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const openAt = (now: number, isRight = false) =>
  openSqliteLedger({ path: join(folder, "keybrake.db"), clock: { now, isRight } });

async function charge(ledger: Ledger, callId: string, at: number, vaultKeyId = "key"): Promise<string> {
  const { facts, claim, ...rest } = admissionFixture(callId, vaultKeyId);
  const admission = await ledger.admit({ ...rest, facts: { ...facts, at }, claim });
  if (admission.kind === "admitted") await ledger.settle({ ...settlementFixture(callId), at });
  return admission.kind === "refused" ? admission.code : admission.kind;
}

test("a clock that is near the last entry of the books opens them; another is named", async () => {
  await (await openAt(START)).close();
  await (await openAt(START - CLOCK_BEHIND_MAX_MS)).close();
  await expect(openAt(START - CLOCK_BEHIND_MAX_MS - 1)).rejects.toMatchObject({ code: "clock_behind" });
  await expect(openAt(START + CLOCK_AHEAD_MAX_MS + 1)).rejects.toMatchObject({ code: "clock_ahead" });
  await (await openAt(START + CLOCK_AHEAD_MAX_MS)).close();
  // That start was noted, and so was a ping.
  const last = await openAt(START + 2 * CLOCK_AHEAD_MAX_MS);
  await last.ping(START + 3 * CLOCK_AHEAD_MAX_MS);
  await last.close();
  await (await openAt(START + 4 * CLOCK_AHEAD_MAX_MS)).close();
});

test("what a clock that was ahead emptied is in its window again, and the books add up", async () => {
  const early = await openAt(START);
  await early.createVaultKey(vaultKeyFixture("key", 3_000_000));
  expect(await charge(early, "one", START)).toBe("admitted");
  await early.close();

  const wrong = START + 400 * DAY;
  const ahead = await openAt(wrong, true);
  const late = { ...vaultKeyFixture("late"), createdAt: wrong, expiresAt: wrong + 30 * DAY };
  await ahead.createVaultKey(late);
  expect(await ahead.getVaultKey("key", wrong)).toMatchObject({ spentMicros: 0 });
  expect(await charge(ahead, "two", wrong, "late")).toBe("admitted");
  await ahead.admit({
    ...admissionFixture("left", "late"),
    facts: { ...admissionFixture("left", "late").facts, at: wrong },
  });
  await ahead.close();

  await expect(openAt(START + HOUR)).rejects.toMatchObject({ code: "clock_behind" });
  const ledger = await openAt(START + HOUR, true);
  expect((await ledger.verify(START + HOUR)).problems).toEqual([]);
  expect(await ledger.getVaultKey("key", START + HOUR)).toMatchObject({ spentMicros: 1_000_000 });
  expect(await ledger.getVaultKey("late", START + HOUR)).toMatchObject({
    spentMicros: 1_000_000,
    heldMicros: 1_000_000,
    createdAt: START + HOUR,
    expiresAt: START + HOUR,
  });
  const again = { ...admissionFixture("again"), claim: admissionFixture("left").claim };
  expect(await ledger.admit(again)).toMatchObject({ code: "outcome_unresolved" });
  // Each leaves its window a day after it counts as written.
  expect(await ledger.getVaultKey("key", START + DAY)).toMatchObject({ spentMicros: 0 });
  expect(await ledger.getVaultKey("late", START + DAY)).toMatchObject({ spentMicros: 1_000_000 });
  expect(await ledger.getVaultKey("late", START + DAY + HOUR)).toMatchObject({ spentMicros: 0 });
  const page = await ledger.listCalls({ from: START + HOUR, to: START + HOUR + 1 }, { limit: 10 });
  expect(page.data.map(({ callId }) => callId).sort()).toEqual(["left", "two"]);
  expect(await charge(ledger, "three", START + DAY)).toBe("admitted");
  expect((await ledger.verify(START + 3 * DAY)).problems).toEqual([]);
  await ledger.close();
});
