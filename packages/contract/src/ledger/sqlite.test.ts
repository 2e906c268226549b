import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ledger } from "@keybrake/ledger";
import { openSqliteLedger, openSqliteStore } from "@keybrake/ledger/sqlite";
import { runLedgerContract } from "./run-ledger-contract.ts";
import type { LedgerStore } from "./section.ts";

/** Real files. A crash is what the disk holds while the ledger is open, in a folder of its own. */
async function newStore(): Promise<LedgerStore> {
  const root = mkdtempSync(join(tmpdir(), "keybrake-contract-"));
  let generation = 0;
  let folder = mkdtempSync(join(root, "books-"));
  const path = () => join(folder, "keybrake.db");
  const open = (parsePolicy = (stored: unknown) => stored): Promise<Ledger> =>
    openSqliteLedger({ path: path(), parsePolicy });
  return {
    open,
    openStore: () => openSqliteStore({ path: path() }),
    crash: async (ledger) => {
      const image = join(root, `after-crash-${generation++}`);
      cpSync(folder, image, { recursive: true });
      await ledger.close();
      folder = image;
      return open();
    },
    dispose: async () => rmSync(root, { recursive: true, force: true }),
  };
}

runLedgerContract({ name: "SQLite", newStore });
