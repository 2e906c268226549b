import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import type { Ledger } from "@keybrake/ledger";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type PostgresServer, type Relay, startPostgres, startRelay } from "../postgres/index.ts";
import { admission, claim, START, settlement, vaultKey } from "./fixtures.ts";

const CHILD = fileURLToPath(new URL("../../test/charge-until-killed.ts", import.meta.url));
const NAME = "books";
const CAP = 1_000_000_000_000;

let server: PostgresServer;
let url: string;
beforeAll(async () => {
  server = await startPostgres({ isDurable: true });
  url = await server.createDatabase(NAME);
});
afterAll(() => server?.dispose());
afterEach(() => server.emptyDatabase(NAME));

const key = vaultKey("key", { ownBudget: { capMicros: CAP, windowMs: null } });
const endLeases = () => server.query(NAME, "UPDATE owners SET lease_ends_at = clock_timestamp()");

/** Runs the child, kills it once it has acknowledged so many lines, and answers with the whole lines it wrote. */
function runAndKill(prefix: string, lines: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, url, prefix], { stdio: ["ignore", "pipe", "inherit"] });
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

/** The books add up, and nothing is in flight: what was not settled is unknown, and counted. */
async function expectRight(ledger: Ledger): Promise<void> {
  const report = await ledger.verify(START);
  expect(report).toMatchObject({ problems: [], heldMicros: 0 });
  const used = await ledger.getVaultKey("key", START);
  expect(used).toMatchObject({ spentMicros: report.postedMicros, heldMicros: report.unknownMicros });
  expect(used?.calls).toBe(report.calls);
}

test("whatever was acknowledged before a SIGKILL of a replica is in the books, and the books are right", async () => {
  const ledger = await openPostgresLedger({ url });
  await ledger.createVaultKey(key);
  for (const [round, lines] of [1, 100].entries()) {
    const acknowledged = await runAndKill(`r${round}`, lines);
    await endLeases();
    await (await openPostgresLedger({ url })).close();
    for (const line of acknowledged) {
      const [event = "", callId = ""] = line.split(" ");
      const call = await ledger.getCall(callId);
      expect(call?.state).toBeOneOf(event === "settled" ? ["posted"] : ["unknown", "posted"]);
    }
    await expectRight(ledger);
  }
  await ledger.close();
});

test("a SIGKILL of the server loses nothing that was acknowledged, and the ledger goes on when it is back", async () => {
  const ledger = await openPostgresLedger({ url });
  await ledger.createVaultKey(key);
  const admitted = new Set<string>();
  const settled = new Set<string>();
  const refused = new Set<string>();
  let isOver = false;
  const work = async (worker: number) => {
    for (let index = 0; !isOver; index++) {
      const callId = `c-${worker}-${index}`;
      try {
        await ledger.admit(admission(callId));
        admitted.add(callId);
        await ledger.settle(settlement(callId));
        settled.add(callId);
      } catch (error) {
        expect(error).toMatchObject({ code: "store_unavailable" });
        if (!admitted.has(callId)) refused.add(callId);
      }
    }
  };
  const workers = Promise.all([0, 1, 2, 3].map(work));
  await expect.poll(() => settled.size).toBeGreaterThan(20);
  await server.kill();
  await expect.poll(() => refused.size, { timeout: 15_000 }).toBeGreaterThan(0);
  await server.start();
  const before = settled.size;
  await expect.poll(() => settled.size, { timeout: 15_000 }).toBeGreaterThan(before + 20);
  isOver = true;
  await workers;
  for (const callId of settled) expect((await ledger.getCall(callId))?.state).toBe("posted");
  // Nobody forwards what was refused: if it was booked after all, it is not left in flight.
  for (const callId of refused)
    expect((await ledger.getCall(callId))?.state).toBeOneOf([undefined, "unknown"]);
  await ledger.close();
  const next = await openPostgresLedger({ url });
  await expectRight(next);
  await next.close();
});

/** The statement alone: every transaction begins with READ COMMITTED. */
const COMMIT = "COMMIT\0";

/** A ledger behind a relay that the test can break. */
async function withRelay(use: (ledger: Ledger, relay: Relay) => Promise<void>): Promise<void> {
  const relay = await startRelay(Number(new URL(url).port));
  const through = new URL(url);
  through.port = String(relay.port);
  const ledger = await openPostgresLedger({ url: through.href });
  try {
    await ledger.createVaultKey(key);
    await use(ledger, relay);
  } finally {
    relay.mend();
    await ledger.close();
    await relay.close();
  }
}

test.each(["request", "answer"] as const)("a commit whose %s is lost is made once", async (what) => {
  await withRelay(async (ledger, relay) => {
    relay.breakAt(COMMIT, what);
    const asked = ledger.admit(admission("one"));
    await expect.poll(() => relay.breaks()).toBeGreaterThan(0);
    relay.mend();
    expect(await asked).toEqual({ kind: "admitted" });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000, calls: 1 });
    relay.breakAt(COMMIT, what);
    const settling = ledger.settle(settlement("one"));
    await expect.poll(() => relay.breaks()).toBeGreaterThan(1);
    relay.mend();
    await settling;
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 0, spentMicros: 1_000_000 });
    expect(await ledger.verify(START)).toMatchObject({ calls: 1, problems: [] });
  });
});

test("what was refused because nobody could say whether it was made is nobody's in the end", async () => {
  await withRelay(async (ledger, relay) => {
    relay.breakAt(COMMIT, "answer");
    const asked = ledger.admit(admission("one"));
    await expect.poll(() => relay.breaks()).toBeGreaterThan(0);
    // From now on not even the question gets through.
    relay.breakAt("BEGIN", "request");
    await expect(asked).rejects.toMatchObject({ code: "store_unavailable" });
    relay.mend();
    await ledger.ping(START);
    expect(await ledger.getCall("one")).toMatchObject({ state: "unknown" });
    const again = admission("two", { at: START + 1 }, { claim: claim("one") });
    expect(await ledger.admit(again)).toMatchObject({ kind: "resend", callId: "one" });
  });
});

test.each(["prepare=false", "sslmode=disable"])("the books work with %s", async (option) => {
  const ledger = await openPostgresLedger({ url: `${url}?${option}` });
  await ledger.createVaultKey(key);
  await Promise.all(Array.from({ length: 20 }, (_, index) => ledger.admit(admission(`c${index}`))));
  await ledger.settle(settlement("c0"));
  expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 19_000_000, calls: 20 });
  expect((await ledger.verify(START)).problems).toEqual([]);
  await ledger.close();
});

test("what cannot be opened says so, and never shows the password", async () => {
  const secret = "s3cret-of-the-store";
  const closed = new URL(url);
  closed.password = secret;
  closed.port = "1";
  const unencrypted = new URL(url);
  unencrypted.password = secret;
  unencrypted.searchParams.set("sslmode", "require");
  const cases = [
    [closed.href, "store_unavailable"],
    [unencrypted.href, "store_unavailable"],
    [`postgres://u:${secret}@:host/db`, "argument_invalid"],
    [`mysql://u:${secret}@host/db`, "argument_invalid"],
  ] as const;
  for (const [address, code] of cases) {
    const error = await openPostgresLedger({ url: address }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
  }
});

test("another program's database is left alone, and so is a schema of a later version", async () => {
  const foreign = await server.createDatabase("notes");
  await server.query("notes", "CREATE TABLE notes (text text)");
  await expect(openPostgresLedger({ url: foreign })).rejects.toMatchObject({ code: "store_foreign" });
  const later = await server.createDatabase("later");
  await (await openPostgresLedger({ url: later })).close();
  await server.query("later", "INSERT INTO keybrake_migrations VALUES (9999, 'from the future')");
  await expect(openPostgresLedger({ url: later })).rejects.toMatchObject({ code: "schema_too_new" });
});
