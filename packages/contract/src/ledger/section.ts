import type { Ledger } from "@keybrake/ledger";

/** One place where books are kept: a file, a database. */
export interface LedgerStore {
  /** Opens the books; opens them again after a clean close. */
  open(): Promise<Ledger>;
  /** Stops the ledger without a clean close, as SIGKILL would, and opens what is left. */
  crash(ledger: Ledger): Promise<Ledger>;
  /** Removes everything. The ledger is closed. */
  dispose(): Promise<void>;
}

/** What a test works with: an open ledger over a fresh store. */
export interface Books {
  /** The ledger as it is open now. */
  ledger: Ledger;
  /** Closes and opens. */
  reopen(): Promise<void>;
  /** Dies and opens. */
  crash(): Promise<void>;
}

/** Registers one test of the contract. */
export type ContractTest = (name: string, body: (books: Books) => Promise<void>) => void;

/** One chapter of the contract: registers its tests. */
export type Section = (test: ContractTest) => void;
