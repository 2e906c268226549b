import { openSqliteLedger } from "@keybrake/ledger/sqlite";
import { expect, test } from "vitest";
import { MET, playTrees, type TreeTally } from "./delegated-trees.ts";

/** In memory, so that a night is enough: 10^6 of them with KEYBRAKE_TREES=1000000. The contract plays some on every store. */
const TREES = Number(process.env.KEYBRAKE_TREES ?? 300);
/** So many share a store, and its transactions. */
const TREES_PER_STORE = 1000;

test(`${TREES} random trees of keys: none spends, or is used, beyond what is above it`, {
  timeout: 3_600_000,
}, async () => {
  const tally: TreeTally = new Map();
  for (let from = 0; from < TREES; from += TREES_PER_STORE) {
    const ledger = await openSqliteLedger({ path: ":memory:" });
    await playTrees(ledger, { from, count: Math.min(TREES_PER_STORE, TREES - from) }, tally);
    await ledger.close();
  }
  for (const met of MET) expect(tally.get(met), met).toBeGreaterThan(0);
});
