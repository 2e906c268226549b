import type { Project } from "./project.ts";

const RUNS = 11;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * Milliseconds that a fresh process takes to import zod, and to import core (which imports zod): medians of eleven
 * alternating runs. Measured and printed, never a reason to fail: machines differ.
 */
export async function importTimes(project: Project, node: string): Promise<{ zod: number; core: number }> {
  const timed = async (name: string) => {
    const code = `const t = performance.now(); await import("${name}"); console.log(performance.now() - t);`;
    return Number(await project.run(node, ["--input-type=module", "-e", code]));
  };
  const zod: number[] = [];
  const core: number[] = [];
  for (let index = 0; index < RUNS; index += 1) {
    zod.push(await timed("zod"));
    core.push(await timed("@keybrake/core"));
  }
  return { zod: median(zod), core: median(core) };
}
