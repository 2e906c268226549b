/**
 * `pnpm nightly [operations] [first seed]`: random Stripe programs, 100,000 steps unless said otherwise. Prints figures
 * as it goes, and of each program that fails its seed and the smallest program that fails alike; ends with 1 when one did,
 * or when a long run never met what it should.
 */
import { availableParallelism } from "node:os";
import { Coverage, RARE } from "./coverage.ts";
import { explore } from "./explore.ts";

const LENGTH = 100;
/** Fewer steps may well miss something that is rare. */
const ENOUGH_TO_MEET_ALL = 10_000;
const operations = Number(process.argv[2] ?? 100_000);
const firstSeed = Number(process.argv[3] ?? Math.floor(Date.now() / 1000));
const programs = Math.ceil(operations / LENGTH);
const start = Date.now();
const coverage = new Coverage();
let begun = 0;
let done = 0;
let failed = 0;

async function playOn(): Promise<void> {
  while (begun < programs) {
    const seed = firstSeed + begun;
    begun += 1;
    try {
      coverage.add(await explore(seed, LENGTH));
    } catch (error) {
      failed += 1;
      console.error(error instanceof Error ? error.message : error);
    }
    done += 1;
    if (done % 50 === 0) console.log(`${done * LENGTH} steps, ${seconds()} s`);
  }
}

function seconds(): number {
  return Math.round((Date.now() - start) / 1000);
}

console.log(`${programs} programs of ${LENGTH} steps, seeds from ${firstSeed}`);
await Promise.all(Array.from({ length: availableParallelism() }, playOn));
for (const line of coverage.lines()) console.log(line);
const missing = operations < ENOUGH_TO_MEET_ALL ? [] : coverage.missing(RARE);
if (missing.length > 0) console.error(`never met: ${missing.join(", ")}`);
console.log(`${done * LENGTH} steps in ${seconds()} s, ${failed} programs failed`);
if (failed === 0) console.log("every cap held, and what was posted is what moved");
process.exit(failed + missing.length === 0 ? 0 : 1);
