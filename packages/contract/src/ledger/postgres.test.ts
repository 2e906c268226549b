import type { Ledger } from "@keybrake/ledger";
import { openPostgresLedger, openPostgresStore } from "@keybrake/ledger/postgres";
import { afterAll, beforeAll } from "vitest";
import { type PostgresServer, startPostgres } from "../postgres/index.ts";
import { runLedgerContract } from "./run-ledger-contract.ts";
import type { LedgerStore } from "./section.ts";

const NAME = "books";

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
  url = await server.createDatabase(NAME);
});
afterAll(() => server?.dispose());

/** One database, empty again for each test. A crash is a process that is gone, and whose lease has ended since. */
async function newStore(): Promise<LedgerStore> {
  const open = (parsePolicy = (stored: unknown) => stored): Promise<Ledger> =>
    openPostgresLedger({ url, parsePolicy });
  return {
    open,
    openStore: () => openPostgresStore({ url }),
    crash: async (ledger) => {
      await server.query(
        NAME,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      await server.query(NAME, "UPDATE owners SET lease_ends_at = clock_timestamp()");
      const next = await open();
      await ledger.close();
      return next;
    },
    dispose: () => server.emptyDatabase(NAME),
  };
}

runLedgerContract({ name: "Postgres", newStore, histories: 10 });
