import type { ServerProcess } from "../process/server-process.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** How long something takes from the start of its process to the first connection that it accepts. */
export interface StartFigures {
  readonly name: string;
  readonly startMs: Spread;
}

export interface Starter {
  readonly name: string;
  readonly start: () => Promise<ServerProcess>;
}

/** Starts and stops each in turn. One more round goes before, which does not count: it fills caches, and makes stores. */
export async function measureStarts(
  starters: readonly Starter[],
  rounds: number,
): Promise<readonly StartFigures[]> {
  const times = starters.map(({ name, start }) => ({ name, start, startMs: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { start, startMs } of times) {
      await using server = await start();
      if (round > 0) startMs.push(server.startMs);
    }
  }
  return times.map(({ name, startMs }) => ({ name, startMs: spreadOf(startMs) }));
}
