import type { Ledger } from "@keybrake/ledger";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../postgres/index.ts";
import {
  admission,
  claim,
  daily,
  hashOf,
  START,
  settlement,
  sharedBudget,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";

const NAME = "shared";
const DAY = 24 * 3_600_000;

let server: PostgresServer;
let url: string;
let ours: Ledger;
let theirs: Ledger;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
  url = await server.createDatabase(NAME);
});
afterAll(() => server?.dispose());

beforeEach(async () => {
  // Two that start at once on what is, the first time, an empty database: both migrate, one does it.
  [ours, theirs] = await Promise.all([openPostgresLedger({ url }), openPostgresLedger({ url })]);
});
afterEach(async () => {
  await Promise.all([ours.close(), theirs.close()]);
  await server.emptyDatabase(NAME);
});

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));
const of = (index: number): Ledger => (index % 2 === 0 ? ours : theirs);

/** As if so much time had passed without a sign of life of anybody. */
const endLeases = () => server.query(NAME, "UPDATE owners SET lease_ends_at = clock_timestamp()");

test("300 charges of 1 USD through two replicas against a cap of 100 USD: exactly 100", async () => {
  await ours.createBudget(sharedBudget("team", { capMicros: 100_000_000 }));
  for (const id of ["one", "two"]) await ours.createVaultKey(vaultKey(id, { budgets: ["team"] }));
  const answers = await times(300, (index) =>
    of(index).admit(admission(`c${index}`, { vaultKeyId: index % 3 === 0 ? "one" : "two" })),
  );
  const admitted = answers.flatMap(({ kind }, index) => (kind === "admitted" ? [index] : []));
  expect(admitted).toHaveLength(100);
  expect(await theirs.getBudget("team", START)).toMatchObject({
    heldMicros: 100_000_000,
    remainingMicros: 0,
  });
  // Whoever was told settles: not the other.
  await Promise.all(admitted.map((index) => of(index).settle(settlement(`c${index}`))));
  expect(await ours.verify(START)).toMatchObject({ calls: 300, postedMicros: 100_000_000, problems: [] });
});

test("one act through two replicas at once: one executes, and both answer with what it came to", async () => {
  await ours.createVaultKey(vaultKey("key"));
  const ask = (index: number) => of(index).admit(admission(`c${index}`, {}, { claim: claim("act") }));
  const answers = await times(40, ask);
  const winners = answers.flatMap(({ kind }, index) => (kind === "admitted" ? [index] : []));
  expect(winners).toHaveLength(1);
  const [winner = 0] = winners;
  // Nobody else may say what became of it.
  await expect(of(winner + 1).settle(voided(`c${winner}`))).rejects.toMatchObject({ code: "call_in_flight" });
  await of(winner).settle(settlement(`c${winner}`));
  for (const index of [100, 101])
    expect(await ask(index)).toMatchObject({ kind: "replay", callId: `c${winner}` });
  expect(await theirs.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000, heldMicros: 0 });
});

test("turns: one replica's at a time, the next one's when it gave it back, died, or never gave it back", async () => {
  const [mine, others] = [ours.turns, theirs.turns];
  if (mine === null || others === null) throw new Error("replicas have no turns");
  expect(await mine.take("in_1", "first")).toBe(true);
  expect(await others.take("in_1", "second")).toBe(false);
  expect(await others.take("in_2", "second")).toBe(true);
  // One process keeps its own callers apart: what is left over is its own.
  expect(await mine.take("in_1", "third")).toBe(true);
  await mine.give(["in_1"], "first");
  expect(await others.take("in_1", "second")).toBe(false);
  await mine.give(["in_1"], "third");
  expect(await others.take("in_1", "second")).toBe(true);
  const ended = "UPDATE turns SET ends_at = clock_timestamp()";
  await server.query(NAME, ended);
  expect(await mine.take("in_1", "fourth")).toBe(true);
  expect(await others.take("in_1", "fifth")).toBe(false);
  await endLeases();
  expect(await others.take("in_1", "fifth")).toBe(true);
});

test("a hundred takers of one name through two replicas: never two at once", async () => {
  let inside = 0;
  let most = 0;
  const queues = [Promise.resolve(), Promise.resolve()];
  const turnOf = (index: number) => (index % 2 === 0 ? ours : theirs).turns;
  await times(100, (index) => {
    const own = (queues[index % 2] ?? Promise.resolve()).then(async () => {
      while (!(await turnOf(index)?.take("in_1", `taker ${index}`)));
      inside += 1;
      most = Math.max(most, inside);
      await ours.getCall("nobody");
      inside -= 1;
      await turnOf(index)?.give(["in_1"], `taker ${index}`);
    });
    queues[index % 2] = own;
    return own;
  });
  expect(most).toBe(1);
});

test("a revocation and a new cap are obeyed by the other replica as soon as they have returned", async () => {
  await ours.createBudget(sharedBudget("team"));
  await ours.createVaultKey(vaultKey("key", { budgets: ["team"] }));
  expect(await theirs.admit(admission("before"))).toEqual({ kind: "admitted" });
  await ours.updateBudget("team", 1_500_000, START);
  expect(await theirs.admit(admission("dear"))).toMatchObject({ code: "spend_cap_exceeded" });
  await ours.updateBudget("team", 9_000_000, START);
  await ours.updateVaultKey("key", 1_500_000, START);
  expect(await theirs.admit(admission("dearer"))).toMatchObject({
    ...{ code: "spend_cap_exceeded", cap: { budget: null, capMicros: 1_500_000 } },
  });
  expect(await theirs.getVaultKey("key", START)).toMatchObject({ ownBudget: { capMicros: 1_500_000 } });
  await ours.revokeVaultKey("key", START);
  expect(await theirs.admit(admission("after"))).toMatchObject({ code: "vault_key_revoked" });
  expect(await theirs.findVaultKeyByHash(vaultKey("key").hash)).toMatchObject({ revokedAt: START });
});

test("a pause, a stop and another secret are obeyed by the other replica as soon as they have returned", async () => {
  await ours.createVaultKey(vaultKey("key"));
  let asked = 0;
  const ask = (keyHash = vaultKey("key").hash) => theirs.admit(admission(`c${asked++}`, {}, { keyHash }));
  expect(await ask()).toEqual({ kind: "admitted" });
  await ours.pauseVaultKey("key", START);
  expect(await ask()).toMatchObject({ code: "vault_key_paused" });
  await ours.resumeVaultKey("key");
  expect(await ask()).toEqual({ kind: "admitted" });
  const all = { role: null, agent: null, labels: {}, vaultKeyIds: [], reason: null };
  await ours.stop({ id: "all", at: START, ...all });
  expect(await ask()).toMatchObject({ code: "vault_key_paused" });
  expect((await theirs.findVaultKeyByHash(vaultKey("key").hash))?.stops).toMatchObject([{ id: "all" }]);
  await theirs.liftStop("all");
  expect(await ours.listStops()).toEqual([]);
  await ours.rotateVaultKey("key", { hash: hashOf("second"), previousEndsAt: START });
  expect(await ask()).toMatchObject({ code: "invalid_vault_key" });
  expect(await ask(hashOf("second"))).toEqual({ kind: "admitted" });
});

test("who subscribes at one replica hears of what any has answered, once", async () => {
  await ours.createVaultKey(vaultKey("key"));
  const heard: string[] = [];
  const leave = ours.subscribe(({ callId, state }) => heard.push(`${callId} ${state}`));
  const pay = async (ledger: Ledger, callId: string) => {
    await ledger.admit(admission(callId));
    await ledger.settle(settlement(callId));
  };
  // To listen takes a connection: it is there when something is heard.
  let first = 0;
  await expect.poll(async () => pay(theirs, `first${first++}`).then(() => heard.length)).toBeGreaterThan(0);
  await expect.poll(() => heard).toContain(`first${first - 1} posted`);
  heard.length = 0;
  await times(60, (index) => pay(of(index), `c${index}`));
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(60);
  expect(heard.toSorted()).toEqual(Array.from({ length: 60 }, (_, index) => `c${index} posted`).toSorted());
  leave();
  await pay(theirs, "unheard");
  expect(heard).toHaveLength(60);
});

test("limits of calls and rates are one for both", async () => {
  await ours.createVaultKey(vaultKey("calls", { maxCalls: 7 }));
  await ours.createVaultKey(vaultKey("rate", { ratePerMinute: 7 }));
  for (const vaultKeyId of ["calls", "rate"]) {
    const answers = await times(20, (index) =>
      of(index).admit(admission(`${vaultKeyId}${index}`, { vaultKeyId })),
    );
    expect(answers.filter(({ kind }) => kind === "admitted")).toHaveLength(7);
  }
});

test("what a dead replica held is unknown when its lease has ended, and not before", async () => {
  await ours.createVaultKey(vaultKey("key"));
  await theirs.admit(admission("left"));
  const third = await openPostgresLedger({ url });
  expect(await third.getCall("left")).toMatchObject({ state: "held" });
  expect(await third.admit(admission("x", {}, { claim: claim("left") }))).toMatchObject({
    kind: "in_flight",
  });
  await third.close();
  await endLeases();
  const fourth = await openPostgresLedger({ url });
  expect(await fourth.getCall("left")).toMatchObject({ state: "unknown", usdMicros: 1_000_000 });
  // It lives after all: it admits again under a new lease, and settles what nobody has sent again.
  const again = await fourth.admit(admission("again", { at: START + 1 }, { claim: claim("left") }));
  expect(again).toMatchObject({ kind: "resend", callId: "left" });
  await expect(theirs.settle(voided("left"))).rejects.toMatchObject({ code: "call_in_flight" });
  expect(await theirs.admit(admission("new"))).toEqual({ kind: "admitted" });
  await theirs.settle(settlement("new"));
  await fourth.settle(settlement("left"));
  expect(await ours.verify(START)).toMatchObject({ postedMicros: 2_000_000, heldMicros: 0, problems: [] });
  await fourth.close();
});

test("a replica that goes in order leaves nothing in flight, and nothing of the others'", async () => {
  await ours.createVaultKey(vaultKey("key"));
  const third = await openPostgresLedger({ url });
  await third.admit(admission("third's"));
  await theirs.admit(admission("theirs"));
  await third.close();
  expect([await ours.getCall("third's"), await ours.getCall("theirs")]).toMatchObject([
    { state: "unknown" },
    { state: "held" },
  ]);
});

test("ledger time and the order of booking are one for both, whatever their clocks say", async () => {
  await ours.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
  await ours.admit(admission("one"));
  await ours.settle(settlement("one", { at: START + DAY }));
  // The other's clock is a day behind: what was posted a day later is in the window, and stays there.
  expect(await theirs.admit(admission("two"))).toMatchObject({ code: "spend_cap_exceeded" });
  expect(await theirs.admit(admission("three", { at: START + 2 * DAY }))).toEqual({ kind: "admitted" });
  const { data } = await ours.listCalls({}, { limit: 10 });
  expect(data.map(({ callId }) => callId)).toEqual(["three", "two", "one"]);
});

test("rows are found however long ago they were booked, and are in the partition of their day", async () => {
  const today = Date.now();
  await ours.createVaultKey(vaultKey("key", { createdAt: today }));
  await ours.admit(admission("old", { at: today }));
  await ours.settle(unknown("old", { at: today }));
  await theirs.admit(admission("new", { at: today + 30 * DAY, usdMicros: 0 }, { claim: null }));
  // Their next transaction looks at recent days first, and finds neither row nor claim there.
  const repeat = admission("repeat", { at: today + 30 * DAY }, { claim: claim("old") });
  expect(await theirs.admit(repeat)).toMatchObject({ kind: "resend", callId: "old" });
  await theirs.settle(settlement("old", { at: today + 30 * DAY }));
  expect(await ours.getCall("old")).toMatchObject({ state: "posted" });
  expect((await ours.verify(0)).problems).toEqual([]);
  const partitions = await server.query(NAME, "SELECT call_id, tableoid::regclass::text AS name FROM calls");
  const day = new Date(today).toISOString().slice(0, 10).replaceAll("-", "");
  expect(partitions).toContainEqual({ call_id: "old", name: `calls_${day}` });
  expect(partitions).toContainEqual({ call_id: "new", name: "calls_other" });
});

/** What one replica does next in a random history. */
const move = fc.record({
  act: fc.nat(9),
  micros: fc.constantFrom(1, 40, 100),
  end: fc.constantFrom("posted", "voided", "unknown", "none"),
});
const moves = fc.array(move, { minLength: 15, maxLength: 30 });
type Moves = readonly { readonly act: number; readonly micros: number; readonly end: string }[];
const CAP = 400;

/** One replica's part of a history. `begun` has how often each act was sent for the first time and not given back. */
async function play(ledger: Ledger, name: string, side: string, begun: Map<number, number>, steps: Moves) {
  for (const [index, { act, micros, end }] of steps.entries()) {
    const asked = `${name} ${side}${index}`;
    const facts = { vaultKeyId: name, usdMicros: micros, at: START + index };
    const answer = await ledger.admit(admission(asked, facts, { claim: claim(`${name} ${act}`) }));
    const used = await ledger.getBudget(name, 0);
    expect((used?.heldMicros ?? 0) + (used?.spentMicros ?? 0)).toBeLessThanOrEqual(CAP);
    if (answer.kind === "admitted") {
      if (end === "voided") await ledger.settle(voided(asked));
      else begun.set(act, (begun.get(act) ?? 0) + 1);
    }
    const sent = answer.kind === "resend" ? answer.callId : answer.kind === "admitted" ? asked : null;
    if (sent === null || end === "voided" || end === "none") continue;
    const usdMicros = (await ledger.getCall(sent))?.usdMicros ?? 0;
    await ledger.settle(end === "posted" ? settlement(sent, { usdMicros }) : unknown(sent));
  }
}

test("random histories of two replicas at once never pass a cap, and begin no act twice", async () => {
  let history = 0;
  await fc.assert(
    fc.asyncProperty(moves, moves, async (first, second) => {
      const name = `h${history++}`;
      await ours.createBudget(sharedBudget(name, { capMicros: CAP }));
      await ours.createVaultKey(vaultKey(name, { budgets: [name] }));
      const begun = new Map<number, number>();
      await Promise.all([play(ours, name, "a", begun, first), play(theirs, name, "b", begun, second)]);
      expect([...begun.values()].filter((count) => count > 1)).toEqual([]);
      expect((await theirs.verify(0)).problems).toEqual([]);
    }),
    { numRuns: 8, endOnFailure: true },
  );
});

test("what two replicas tell at once is told once, and sent by one of them", async () => {
  await ours.alerts.addTarget({
    ...{ id: "one", kind: "webhook", shown: "one", box: "sealed", types: null, createdAt: START },
  });
  expect(await theirs.alerts.listTargets()).toHaveLength(1);
  const once = { name: "budget:1:80", until: START + DAY };
  await times(40, (index) =>
    of(index).alerts.fire(
      [
        {
          ...{ id: `a${index}`, type: "budget.threshold", at: START, payload: "{}", once },
          ...{ alsoMarks: [], onlyTarget: null },
        },
      ],
      { at: START, keptMax: 100 },
    ),
  );
  const deliveries = await theirs.alerts.listDeliveries({ targetId: null, below: null, limit: 10 });
  expect(deliveries).toHaveLength(1);
  const claims = await times(10, (index) =>
    of(index).alerts.claim({ targetId: "one", token: `t${index}`, at: START, until: START + 1000 }),
  );
  expect(claims.filter((claimed) => claimed !== null)).toHaveLength(1);
});
