import { createLedger, type Ledger } from "@keybrake/ledger";
import { openSqliteLedger } from "@keybrake/ledger/sqlite";
import type { PastBooks } from "./backup/finish-restore.ts";
import { type Policy, parsePolicy } from "./policy.ts";
import { type StorePlace, storeError } from "./start-proxy-settings.ts";
import type { SharedBoxes } from "./vault/vault.ts";

export interface OpenedBooks {
  readonly ledger: Ledger<Policy>;
  /** Where replicas keep what is sealed for all of them; null when the books are this process's own. */
  readonly boxes: SharedBoxes | null;
  /** What such books say of their past; null when they are this process's own. */
  readonly past: PastBooks | null;
}

/** What `MachineClock` of the ledger asks for. */
type Machine = { readonly now: number; readonly isRight: boolean };

/** Opens the books where they are kept. Rejects with a `ProxyError` of the store. */
export async function openBooks(place: StorePlace, clock: Machine): Promise<OpenedBooks> {
  try {
    if (place.kind === "shared") return await openShared(place.url, clock);
    return {
      ledger: await openSqliteLedger({ path: place.file, parsePolicy, clock }),
      boxes: null,
      past: null,
    };
  } catch (error) {
    throw storeError(place, error);
  }
}

/** Its client is loaded only when it is wanted. */
async function openShared(url: string, clock: Machine): Promise<OpenedBooks> {
  const { openPostgresStore } = await import("@keybrake/ledger/postgres");
  const store = await openPostgresStore({ url, clock });
  return { ledger: createLedger(store, { owner: store.owner, parsePolicy }), boxes: store, past: store };
}
