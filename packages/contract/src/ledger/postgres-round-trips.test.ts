import type { Ledger } from "@keybrake/ledger";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PostgresServer, type Relay, startPostgres, startRelay } from "../postgres/index.ts";
import { admission, claim, refusal, START, settlement, vaultKey } from "./fixtures.ts";

/** Longer than a client takes to write what it sends at once. */
const ANSWER_MS = 60;
const CALLS = 25;

let server: PostgresServer;
let relay: Relay;
let ledger: Ledger;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
  const url = new URL(await server.createDatabase("books"));
  relay = await startRelay(Number(url.port));
  url.port = String(relay.port);
  ledger = await openPostgresLedger({ url: url.href });
  await ledger.createVaultKey(vaultKey("key"));
});
afterAll(async () => {
  await ledger?.close();
  await relay?.close();
  await server?.dispose();
});

const times = (work: (index: number) => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: CALLS }, (_, index) => work(index)));

/** What calls do to the books, each kind as one batch. */
function batches(round: string): readonly (readonly [string, () => Promise<unknown>])[] {
  const id = (index: number) => `${round}-${index}`;
  return [
    ["holds", () => times((index) => ledger.admit(admission(id(index))))],
    ["settlements", () => times((index) => ledger.settle(settlement(id(index))))],
    [
      "replays",
      () =>
        times((index) =>
          ledger.admit(admission(`${id(index)} again`, {}, { claim: claim(id(index)), latencyMs: 1 })),
        ),
    ],
    ["refusals", () => times((index) => ledger.record(refusal(`${id(index)} refused`)))],
    ["a revocation", () => ledger.revokeVaultKey("other", START)],
  ];
}

test("a batch takes two round trips, whatever is in it, once its statements are prepared", async () => {
  for (const [, run] of batches("first").slice(0, -1)) await run();
  await ledger.createVaultKey(vaultKey("other"));
  await ledger.revokeVaultKey("other", START);
  relay.slow(ANSWER_MS);
  const fewest = new Map<string, number>();
  // A lease may be renewed beside one of them, and a busy machine may write one piece late: neither each time.
  for (const round of ["second", "third", "fourth"]) {
    for (const [name, run] of batches(round)) {
      const before = relay.roundTrips();
      await run();
      fewest.set(name, Math.min(relay.roundTrips() - before, fewest.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  expect(Object.fromEntries(fewest)).toEqual({
    holds: 2,
    settlements: 2,
    replays: 2,
    refusals: 2,
    "a revocation": 2,
  });
});
