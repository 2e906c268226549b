import type { Store } from "../store.ts";
import { createApprovalReads } from "./approvals.ts";
import { createBudgetReads } from "./budget-reads.ts";
import { createCallReads } from "./call-reads.ts";
import { createKeyReads } from "./key-reads.ts";
import type { Reader } from "./reader.ts";
import type { Transactions } from "./transactions.ts";
import { audit } from "./verify.ts";

/** The store over a migrated database. `end` ends what else it keeps going. */
export function createPostgresStore(
  transactions: Transactions,
  reader: Reader,
  {
    follow,
    prune,
    turns,
    alerts,
    admins,
    spend,
  }: Pick<Store, "follow" | "prune" | "turns" | "alerts" | "admins" | "spend">,
  end: () => Promise<void>,
): Store {
  return {
    transact: transactions.transact,
    ping: transactions.ping,
    copyTo: null,
    ...createKeyReads(reader),
    ...createBudgetReads(reader),
    ...createCallReads(reader),
    ...createApprovalReads(reader),
    audit: (at) => audit(reader, at),
    follow,
    prune,
    turns,
    alerts,
    admins,
    spend,
    close: end,
  };
}
