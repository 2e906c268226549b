import type { Ledger, Store } from "@keybrake/ledger";

/** One place where books are kept: a file, a database. */
export interface LedgerStore {
  /** Opens the books; opens them again after a clean close. Policies are shown as `parsePolicy` says, or as stored. */
  open(parsePolicy?: (stored: unknown) => unknown): Promise<Ledger>;
  /** Opens the same books at the port beneath the ledger. Everything is closed. */
  openStore(): Promise<Store>;
  /** Stops the ledger without a clean close, as SIGKILL would, and opens what is left. */
  crash(ledger: Ledger): Promise<Ledger>;
  /** Removes everything. The ledger is closed. */
  dispose(): Promise<void>;
}

/** What a test works with: an open ledger over a fresh store. */
export interface Books {
  /** How many random histories are played. */
  readonly histories: number;
  /** The ledger as it is open now. */
  ledger: Ledger;
  /** Closes and opens. */
  reopen(parsePolicy?: (stored: unknown) => unknown): Promise<void>;
  /** Closes, and opens the port beneath: the test makes its ledgers of it, and leaves one as `ledger`. */
  reopenStore(): Promise<Store>;
  /** Dies and opens. */
  crash(): Promise<void>;
}

/** Registers one test of the contract. */
export type ContractTest = (name: string, body: (books: Books) => Promise<void>) => void;

/** One chapter of the contract: registers its tests. */
export type Section = (test: ContractTest) => void;
