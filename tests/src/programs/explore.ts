import { generateProgram } from "./generate.ts";
import { minimise } from "./minimise.ts";
import { type Report, runProgram } from "./run-program.ts";

/** Plays the program of a seed. Throws, with the seed and the smallest program that fails alike, when something gave way. */
export async function explore(seed: number, length: number): Promise<Report> {
  const program = generateProgram(seed, length);
  const report = await runProgram(program);
  const { violation } = report;
  if (violation === null) return report;
  const smallest = await minimise(program.slice(0, violation.step + 1), async (smaller) => {
    const { violation: again } = await runProgram(smaller);
    return again?.kind === violation.kind;
  });
  const steps = smallest.map((step) => `  ${JSON.stringify(step)},`).join("\n");
  throw new Error(`seed ${seed}, ${length} steps: ${violation.kind}: ${violation.what}\n[\n${steps}\n]`);
}
