import type { Ledger } from "@keybrake/ledger";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type PostgresServer, type Relay, startPostgres, startRelay } from "../postgres/index.ts";
import { admission, START, settlement, vaultKey } from "./fixtures.ts";

/*
 * What a server, or a distributed one that speaks its language, may answer instead of doing what it was told. The codes
 * are those of postgresql.org/docs/current/errcodes-appendix.html.
 */

const NAME = "books";
const ENDLESS = 1_000_000;

let server: PostgresServer;
let relay: Relay;
let through: URL;
let ledger: Ledger;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
  through = new URL(await server.createDatabase(NAME));
  relay = await startRelay(Number(through.port));
  through.port = String(relay.port);
  await server.query(NAME, FAULTS);
});
afterAll(async () => {
  await relay?.close();
  await server?.dispose();
});
beforeEach(async () => {
  ledger = await openPostgresLedger({ url: through.href });
  await ledger.createVaultKey(vaultKey("key"));
});
afterEach(async () => {
  relay.mend();
  await stopFailing();
  await ledger.close();
  await server.emptyDatabase(NAME);
});

/**
 * Every transaction renews its owner's lease: at that statement or at the commit, the next ones fail. A sequence is never
 * rolled back, so that it counts them. In a schema of its own, since a store's database has no tables of others.
 */
const FAULTS = `CREATE SCHEMA test; CREATE SEQUENCE test.made;
  CREATE FUNCTION test.fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('test.made') > TG_ARGV[1]::bigint THEN RETURN NEW; END IF;
    IF TG_ARGV[0] = 'killed' THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); END IF;
    RAISE EXCEPTION 'made by the test' USING ERRCODE = TG_ARGV[0];
  END $$;`;

async function fail(code: string, times: number, where: "statement" | "commit"): Promise<void> {
  await stopFailing();
  const deferred = where === "commit" ? "DEFERRABLE INITIALLY DEFERRED" : "";
  await server.query(
    NAME,
    `ALTER SEQUENCE test.made RESTART;
     CREATE CONSTRAINT TRIGGER fault AFTER INSERT OR UPDATE ON owners ${deferred}
       FOR EACH ROW EXECUTE FUNCTION test.fault('${code}', '${times}')`,
  );
}

/** Under the lock of the books, so that no transaction is met halfway. */
async function stopFailing(): Promise<void> {
  await server.query(NAME, "LOCK ledger_clock; DROP TRIGGER IF EXISTS fault ON owners");
}

/** How many transactions have come to the fault. */
async function met(): Promise<unknown> {
  const [row] = await server.query(NAME, "SELECT last_value AS met FROM test.made");
  return row?.met;
}

const PASSING = ["40001", "40P01", "08006", "57P01", "killed"] as const;

test.each(PASSING.flatMap((code) => [[code, "statement"] as const, [code, "commit"] as const]))(
  "what failed three times with %s at a %s is done once",
  async (code, where) => {
    await fail(code, 3, where);
    expect(await ledger.admit(admission("one"))).toEqual({ kind: "admitted" });
    expect(Number(await met())).toBeGreaterThanOrEqual(4);
    await fail(code, 3, where);
    await ledger.settle(settlement("one"));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      spentMicros: 1_000_000,
      heldMicros: 0,
      calls: 1,
    });
    expect(await ledger.verify(START)).toMatchObject({ calls: 1, problems: [] });
  },
);

test("a server that does not know what became of a commit is asked, not told again", async () => {
  await fail("40003", 1, "commit");
  expect(await ledger.admit(admission("one"))).toEqual({ kind: "admitted" });
  expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000, calls: 1 });
});

test.each(["40001", "57P01"])(
  "what fails with %s for ever is given up, and nothing is booked",
  async (code) => {
    await fail(code, ENDLESS, "commit");
    const begun = performance.now();
    await expect(ledger.admit(admission("one"))).rejects.toMatchObject({ code: "store_unavailable" });
    expect(performance.now() - begun).toBeLessThan(8_000);
    await stopFailing();
    expect(await ledger.getCall("one")).toBeNull();
    expect(await ledger.admit(admission("one"))).toEqual({ kind: "admitted" });
  },
);

/** The statement alone: every transaction begins with READ COMMITTED. */
const COMMIT = "COMMIT\0";

test("whoever comes after a commit in doubt does not hide what became of it", async () => {
  relay.breakAt(COMMIT, "answer");
  const before = relay.breaks();
  const asked = ledger.admit(admission("one"));
  await expect.poll(() => relay.breaks(), { interval: 5 }).toBeGreaterThan(before);
  relay.mend();
  // Its commit would replace the mark by which the other is found.
  await ledger.ping(START + 1);
  expect(await asked).toEqual({ kind: "admitted" });
  expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000, calls: 1 });
});

test("a commit in doubt that is given up while others wait is nobody's in the end", async () => {
  relay.breakAt(COMMIT, "answer");
  const before = relay.breaks();
  const asked = expect(ledger.admit(admission("one"))).rejects.toMatchObject({ code: "store_unavailable" });
  await expect.poll(() => relay.breaks(), { interval: 5 }).toBeGreaterThan(before);
  relay.breakAt("BEGIN", "request");
  const pinged = expect(ledger.ping(START + 1)).rejects.toMatchObject({ code: "store_unavailable" });
  await Promise.all([asked, pinged]);
  relay.mend();
  await ledger.ping(START + 2);
  expect(await ledger.getCall("one")).toMatchObject({ state: "unknown" });
});

test("a query whose connection is cut is asked again", async () => {
  await ledger.admit(admission("asked-for"));
  for (const what of ["request", "answer"] as const) {
    relay.breakAt("asked-for", what);
    const before = relay.breaks();
    const asked = ledger.getCall("asked-for");
    await expect.poll(() => relay.breaks(), { interval: 5 }).toBeGreaterThan(before);
    relay.mend();
    expect(await asked).toMatchObject({ callId: "asked-for", state: "held" });
  }
});
