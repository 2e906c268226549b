import { describe, test } from "vitest";
import { actsSection } from "./acts.ts";
import { adminsSection } from "./admins.ts";
import { admissionSection } from "./admission.ts";
import { alertsSection } from "./alerts.ts";
import { approvalsSection } from "./approvals.ts";
import { argumentsSection } from "./arguments.ts";
import { auditSection } from "./audit.ts";
import { budgetLinesSection } from "./budget-lines.ts";
import { budgetsSection } from "./budgets.ts";
import { claimsSection } from "./claims.ts";
import { concurrencySection } from "./concurrency.ts";
import { delegationSection } from "./delegation.ts";
import { filtersSection } from "./filters.ts";
import { haltsSection } from "./halts.ts";
import { modelSection } from "./model.ts";
import { objectsSection } from "./objects.ts";
import { recoverySection } from "./recovery.ts";
import { resendsSection } from "./resends.ts";
import { retentionSection } from "./retention.ts";
import type { Books, LedgerStore, Section } from "./section.ts";
import { separationSection } from "./separation.ts";
import { settlementSection } from "./settlement.ts";
import { spendSection } from "./spend.ts";
import { unresolvedSection } from "./unresolved.ts";
import { vaultKeysSection } from "./vault-keys.ts";
import { windowSection } from "./window.ts";

export interface LedgerContractOptions {
  /** Names the suite. */
  readonly name: string;
  /** A fresh, empty store for each test. */
  readonly newStore: () => Promise<LedgerStore>;
  /** How many random histories are played; 50 unless told. Fewer where each of their steps is a round trip. */
  readonly histories?: number;
  /** Tests, by full name, that this store is known not to pass, and why. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

const SECTIONS: Readonly<Record<string, Section>> = {
  "vault keys": vaultKeysSection,
  "pauses, stops and rotations": haltsSection,
  "keys that keys make": delegationSection,
  "admins and what they do": adminsSection,
  budgets: budgetsSection,
  "lines of budgets": budgetLinesSection,
  "what is kept apart": separationSection,
  admission: admissionSection,
  claims: claimsSection,
  "what is sent again": resendsSection,
  acts: actsSection,
  approvals: approvalsSection,
  settlement: settlementSection,
  "what is not settled": unresolvedSection,
  objects: objectsSection,
  "the rolling window": windowSection,
  concurrency: concurrencySection,
  recovery: recoverySection,
  audit: auditSection,
  "what is not kept": retentionSection,
  filters: filtersSection,
  "what was spent": spendSection,
  alerts: alertsSection,
  arguments: argumentsSection,
  "random histories": modelSection,
};

/**
 * Registers, with vitest, every behaviour that `@keybrake/ledger` promises. A store's own test file only
 * calls this.
 */
export function runLedgerContract(options: LedgerContractOptions): void {
  const skipped = new Set(options.skip?.flatMap(({ tests }) => tests));
  describe(`ledger contract: ${options.name}`, () => {
    for (const [title, section] of Object.entries(SECTIONS)) {
      describe(title, () => {
        section((name, body) => {
          test.skipIf(skipped.has(name))(name, () => withBooks(options, body));
        });
      });
    }
  });
}

async function withBooks(
  options: LedgerContractOptions,
  body: (books: Books) => Promise<void>,
): Promise<void> {
  const store = await options.newStore();
  const books: Books = {
    histories: options.histories ?? 50,
    ledger: await store.open(),
    reopen: async (parsePolicy) => {
      await books.ledger.close();
      books.ledger = await store.open(parsePolicy);
    },
    reopenStore: async () => {
      await books.ledger.close();
      return store.openStore();
    },
    crash: async () => {
      books.ledger = await store.crash(books.ledger);
    },
  };
  try {
    await body(books);
  } finally {
    await books.ledger.close();
    await store.dispose();
  }
}
