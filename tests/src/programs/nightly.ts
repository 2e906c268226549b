/**
 * `pnpm nightly [operations] [first seed]`: random Stripe programs, 100,000 steps unless said otherwise. Prints figures
 * as it goes; ends with 1 at the first program that fails, with its seed and the smallest program that fails alike.
 */
import { availableParallelism } from "node:os";
import { Coverage, RARE } from "./coverage.ts";
import { explore } from "./explore.ts";

const LENGTH = 100;
const operations = Number(process.argv[2] ?? 100_000);
const firstSeed = Number(process.argv[3] ?? Math.floor(Date.now() / 1000));
const programs = Math.ceil(operations / LENGTH);
const start = Date.now();
const coverage = new Coverage();
let begun = 0;
let done = 0;

async function playOn(): Promise<void> {
  while (begun < programs) {
    const seed = firstSeed + begun;
    begun += 1;
    coverage.add(await explore(seed, LENGTH));
    done += 1;
    if (done % 50 === 0) console.log(`${done * LENGTH} steps, ${Math.round((Date.now() - start) / 1000)} s`);
  }
}

console.log(`${programs} programs of ${LENGTH} steps, seeds from ${firstSeed}`);
try {
  await Promise.all(Array.from({ length: availableParallelism() }, playOn));
  for (const line of coverage.lines()) console.log(line);
  const missing = coverage.missing(RARE);
  if (missing.length > 0) throw new Error(`never met: ${missing.join(", ")}`);
  const seconds = Math.round((Date.now() - start) / 1000);
  console.log(`${done * LENGTH} steps in ${seconds} s: every cap held, and what was posted is what moved`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
