import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ledger, openSqliteLedger } from "@keybrake/ledger";
import { runLedgerContract } from "./run-ledger-contract.ts";
import type { LedgerStore } from "./section.ts";

/** Real files. A crash is what the disk holds while the ledger is open, in a folder of its own. */
async function newStore(): Promise<LedgerStore> {
  const root = mkdtempSync(join(tmpdir(), "keybrake-contract-"));
  let generation = 0;
  let folder = mkdtempSync(join(root, "books-"));
  const open = (): Promise<Ledger> => openSqliteLedger({ path: join(folder, "keybrake.db") });
  return {
    open,
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
