import {
  type Call,
  DAILY_WINDOW_MS,
  type Ledger,
  type SpendBin,
  type SpendGrouping,
  type SpendSums,
} from "@keybrake/ledger";
import { expect } from "vitest";
import { admission, refusal, START, settlement, unknown, vaultKey, voided } from "./fixtures.ts";
import type { Books, Section } from "./section.ts";

const HOUR_MS = 3_600_000;
const BIN_MS = { hour: HOUR_MS, day: DAILY_WINDOW_MS } as const;
const GROUPINGS: readonly SpendGrouping[] = ["key", "role", "agent", "run"];
const PENDING: ReadonlySet<string> = new Set(["held", "unknown", "awaiting"]);

type Figures = Readonly<Record<string, SpendSums>>;

async function advanceAll({ spend }: Ledger): Promise<number> {
  let steps = 0;
  while (await spend.advance()) steps++;
  return steps;
}

function nameOf(call: Call, by: SpendGrouping): string {
  const names = { key: call.vaultKeyId, role: call.role, agent: call.agent, run: call.runId };
  return names[by] ?? "";
}

/** The same from the rows themselves, one by one. */
async function expected(ledger: Ledger, by: SpendGrouping, bin: SpendBin): Promise<Figures> {
  const { data } = await ledger.listCalls({}, { limit: 1000 });
  const sums: Record<string, SpendSums> = {};
  for (const call of data.filter(({ simulate }) => !simulate)) {
    const at = call.at - (call.at % BIN_MS[bin]);
    const name = `${nameOf(call, by)} ${at - START}`;
    const known = sums[name] ?? { movedMicros: 0, heldMicros: 0, posted: 0, denied: 0, calls: 0 };
    const isPosted = call.state === "posted";
    sums[name] = {
      movedMicros: known.movedMicros + (isPosted ? call.usdMicros : 0),
      heldMicros: known.heldMicros + (PENDING.has(call.state) ? call.usdMicros : 0),
      posted: known.posted + (isPosted && call.usdMicros > 0 ? 1 : 0),
      denied: known.denied + (call.decision === "denied" ? call.times : 0),
      calls: known.calls + call.times,
    };
  }
  return sums;
}

const FROM = START - (START % DAILY_WINDOW_MS) - DAILY_WINDOW_MS;
const TO = FROM + 4 * DAILY_WINDOW_MS;

async function told({ spend }: Ledger, by: SpendGrouping, bin: SpendBin): Promise<Figures> {
  const { parts } = await spend.read({ by, from: FROM, to: TO, bin, groupsMax: 100 });
  return Object.fromEntries(
    parts.map(({ name, at, title: _, ...sums }) => [`${name} ${at - START}`, sums] as const),
  );
}

async function expectTold({ ledger }: Books, what: string): Promise<void> {
  for (const by of GROUPINGS)
    for (const bin of ["hour", "day"] as const)
      expect(await told(ledger, by, bin), `${what}, by ${by} and ${bin}`).toEqual(
        await expected(ledger, by, bin),
      );
}

const agents = ["billing", "refunds", null];

/** Charges of two keys over some hours: each third posted, voided and nobody knows; refusals, and a key that simulates. */
async function play(ledger: Ledger): Promise<void> {
  await ledger.createVaultKey(vaultKey("key"));
  await ledger.createVaultKey(vaultKey("other", { role: null }));
  await ledger.createVaultKey(vaultKey("sim", { simulate: true }));
  for (let index = 0; index < 24; index++) {
    const id = `c${index}`;
    const at = START + index * HOUR_MS;
    const isOther = index % 4 === 0;
    const who = isOther
      ? { vaultKeyId: "other", vaultKeyName: "name of other", role: null }
      : { vaultKeyId: "key" };
    const agent = agents[index % agents.length] ?? null;
    const facts = { ...who, at, agent, runId: index % 5 === 0 ? null : `run ${index % 5}` };
    await ledger.admit(admission(id, facts));
    const end = [settlement, voided, unknown][index % 3];
    if (index < 22) await ledger.settle(end?.(id, { at }) ?? settlement(id));
  }
  await ledger.admit(admission("s", { vaultKeyId: "sim", vaultKeyName: "name of sim", simulate: true }));
  await ledger.settle(settlement("s"));
  await ledger.record({ ...refusal("many"), times: 411 });
}

/** What is added up for whoever looks is what the rows say, at any moment. */
export const spendSection: Section = (test) => {
  test("sums are what the rows say, before, while and after they are added up", async (books) => {
    await expectTold(books, "nothing");
    await play(books.ledger);
    await expectTold(books, "not added up");
    await advanceAll(books.ledger);
    await expectTold(books, "added up");
    // What was reserved when it was passed counts once, as what became of it.
    for (const index of [2, 8, 14])
      await books.ledger.settle(settlement(`c${index}`, { usdMicros: 700_000 }));
    for (const index of [5, 11]) await books.ledger.settle(voided(`c${index}`));
    await expectTold(books, "settled since");
    await advanceAll(books.ledger);
    await expectTold(books, "settled and added up");
    await books.crash();
    await advanceAll(books.ledger);
    await expectTold(books, "after a crash");
    expect(await books.ledger.spend.advance()).toBe(false);
  });

  test("who moved most is told apart; the others come together, and keys by their names", async (books) => {
    await play(books.ledger);
    await advanceAll(books.ledger);
    const query = { by: "key", from: FROM, to: TO, bin: "day" } as const;
    const { parts } = await books.ledger.spend.read({ ...query, groupsMax: 1 });
    expect([...new Set(parts.map(({ name, title }) => `${name}: ${title}`))].sort()).toEqual([
      "key: name of key",
      "null: null",
    ]);
    const all = await books.ledger.spend.read({ ...query, groupsMax: 9 });
    const sum = (of: typeof parts) => of.reduce((moved, { movedMicros }) => moved + movedMicros, 0);
    expect(sum(parts)).toBe(sum(all.parts));
    expect(sum(parts)).toBeGreaterThan(0);
  });

  test("steps are small, and steps of two who look at once add each row once", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key", { ownBudget: { capMicros: null, windowMs: null } }));
    for (let first = 0; first < 1200; first += 300) {
      const some = Array.from({ length: 300 }, (_, index) => `d${first + index}`);
      await Promise.all(some.map((id) => books.ledger.record(refusal(id))));
    }
    const { spend } = books.ledger;
    expect(await Promise.all([spend.advance(), spend.advance()])).toContain(true);
    while (await spend.advance());
    const { parts, told, newest } = await spend.read({
      by: "role",
      from: FROM,
      to: TO,
      bin: "day",
      groupsMax: 9,
    });
    expect(parts.map(({ denied, calls }) => [denied, calls])).toEqual([[1200, 1200]]);
    expect(told).toBe(newest);
  });
};
