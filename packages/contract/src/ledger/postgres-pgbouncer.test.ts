import type { Ledger } from "@keybrake/ledger";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import postgres from "postgres";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  findPgBouncer,
  type PgBouncer,
  type PostgresServer,
  startPgBouncer,
  startPostgres,
} from "../postgres/index.ts";
import { admission, claim, START, settlement, sharedBudget, vaultKey } from "./fixtures.ts";

const NAME = "books";

const program = findPgBouncer();
const suite =
  program === null
    ? "through PgBouncer, which is not installed (Debian: apt-get install pgbouncer)"
    : "through PgBouncer by transaction";

describe.skipIf(program === null)(suite, () => {
  let server: PostgresServer;
  let bouncer: PgBouncer;
  let url: string;
  let ours: Ledger;
  let theirs: Ledger;

  beforeAll(async () => {
    server = await startPostgres({ isDurable: false });
    const direct = await server.createDatabase(NAME);
    bouncer = await startPgBouncer(program ?? "", direct);
    // Versions before 1.21 keep no prepared statements apart. What listens goes to the server itself.
    const through = new URL(bouncer.url);
    through.searchParams.set("prepare", "false");
    through.searchParams.set("listen", new URL(direct).host);
    url = through.href;
  });
  afterAll(async () => {
    await bouncer?.stop();
    await server?.dispose();
  });
  beforeEach(async () => {
    [ours, theirs] = await Promise.all([openPostgresLedger({ url }), openPostgresLedger({ url })]);
  });
  afterEach(async () => {
    await Promise.all([ours.close(), theirs.close()]);
    await server.emptyDatabase(NAME);
  });

  const of = (index: number): Ledger => (index % 2 === 0 ? ours : theirs);
  const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => make(index)));

  test("200 charges of 1 USD through two replicas against a cap of 60 USD: exactly 60, each once", async () => {
    await ours.createBudget(sharedBudget("team", { capMicros: 60_000_000 }));
    await ours.createVaultKey(vaultKey("key", { budgets: ["team"] }));
    const answers = await times(200, (index) => of(index).admit(admission(`c${index}`)));
    const admitted = answers.flatMap(({ kind }, index) => (kind === "admitted" ? [index] : []));
    expect(admitted).toHaveLength(60);
    await Promise.all(admitted.map((index) => of(index).settle(settlement(`c${index}`))));
    for (const index of admitted.slice(0, 5)) {
      const again = await of(index + 1).admit(admission(`r${index}`, {}, { claim: claim(`c${index}`) }));
      expect(again).toMatchObject({ kind: "replay", callId: `c${index}` });
    }
    await ours.revokeVaultKey("key", START);
    expect(await theirs.admit(admission("after"))).toMatchObject({ code: "vault_key_revoked" });
    expect(await ours.verify(START)).toMatchObject({ postedMicros: 60_000_000, problems: [] });
  });

  test("who subscribes hears of the other replica's answers, and no session of the pool keeps anything", async () => {
    await ours.createVaultKey(vaultKey("key"));
    const heard: string[] = [];
    const leave = ours.subscribe(({ callId }) => heard.push(callId));
    let index = 0;
    const pay = async () => {
      const callId = `c${index++}`;
      await theirs.admit(admission(callId));
      await theirs.settle(settlement(callId));
      return heard.length;
    };
    await expect.poll(pay, { timeout: 10_000 }).toBeGreaterThan(2);
    leave();
    const pool = postgres(url.replace(/[?].*/, "?prepare=false"), { max: 6, fetch_types: false });
    const left = await times(
      30,
      () =>
        pool`SELECT pg_backend_pid() AS pid, (SELECT count(*)::integer FROM pg_prepared_statements) AS prepared,
        (SELECT count(*)::integer FROM pg_listening_channels()) AS listening,
        (SELECT count(*)::integer FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
        current_setting('lock_timeout') AS patience, current_setting('synchronous_commit') AS commits, pg_sleep(0.02)`,
    );
    await pool.end();
    const nothing = { prepared: 0, listening: 0, locks: 0, patience: "0", commits: "on" };
    for (const [session] of left) expect(session).toMatchObject(nothing);
    expect(new Set(left.map(([session]) => session?.pid)).size).toBeGreaterThan(1);
  });

  test("sessions of the pool that are ended in the middle double nothing and lose nothing", async () => {
    await ours.createVaultKey(vaultKey("key"));
    let isOver = false;
    const ending = (async () => {
      while (!isOver) {
        await server.query(
          NAME,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keybrake'",
        );
        await new Promise((resolve) => setTimeout(resolve, 600));
      }
    })();
    const settled = await times(40, async (index) => {
      // Callers come one after the other, so that there is a transaction for most of them.
      await new Promise((resolve) => setTimeout(resolve, index * 70));
      const answer = await of(index).admit(admission(`c${index}`));
      expect(answer).toEqual({ kind: "admitted" });
      await of(index).settle(settlement(`c${index}`));
      return index;
    });
    isOver = true;
    await ending;
    expect(settled).toHaveLength(40);
    expect(await ours.verify(START)).toMatchObject({ calls: 40, postedMicros: 40_000_000, problems: [] });
  });
});
