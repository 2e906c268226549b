import type { VerifyReport } from "./requests.ts";
import type { BookName, StoreAudit } from "./store.ts";

/** `Ledger.verify`: what the store found to differ from the calls, in words. */
export function verifyReport(audit: StoreAudit): VerifyReport {
  const { calls, heldMicros, postedMicros, unknownMicros, awaitingMicros } = audit;
  const problems = [
    ...audit.holds.map(
      ({ book, counted, actual }) =>
        `${nameOf(book)} counts ${counted} micros held; its pending calls hold ${actual}.`,
    ),
    ...audit.counters.map(
      ({ book, counted, actual }) =>
        `${nameOf(book)} counts ${counted} micros posted; its postings are ${actual}, or older than it says.`,
    ),
    ...audit.postings.map(
      ({ book, counted, actual, postedAt }) =>
        `${nameOf(book)} has ${counted} micros posted at ${postedAt}; its calls posted ${actual}.`,
    ),
    ...audit.overruns.map(
      ({ book, counted, actual }) => `${nameOf(book)} has used ${counted} micros under a cap of ${actual}.`,
    ),
  ];
  return { calls, heldMicros, postedMicros, unknownMicros, awaitingMicros, problems };
}

function nameOf({ name, vaultKeyId, simulate }: BookName): string {
  const budget = name === null ? `The budget of vault key ${vaultKeyId}` : `The budget "${name}"`;
  return simulate ? `${budget}, for simulate keys,` : budget;
}
