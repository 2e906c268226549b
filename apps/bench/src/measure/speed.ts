import type { Extent } from "../load/run-plan.ts";
import type { Target } from "../targets/target.ts";
import type { Rig, Round } from "./rig.ts";

/** All rounds of one lane at one number of connections. */
export interface Series {
  readonly target: string;
  readonly lane: string;
  readonly placement: "pinned" | "free";
  readonly connections: number;
  readonly rounds: readonly Round[];
}

export interface SpeedPlan {
  readonly connections: readonly number[];
  readonly rounds: number;
  /** Before each round, see `Load`. */
  readonly rampMs: number;
  readonly round: Extent;
  /** Of every lane before the first round: Node compiles what is hot only after seconds. */
  readonly warm: Extent;
}

/** Of the warm-up: enough that every path is taken. */
const WARM_CONNECTIONS = 32;

/**
 * Every lane at every number of connections, in rounds: A B C, C B A, A B C. The rounds are the outer loop, so that what
 * drifts over minutes (other load, a growing store) falls on all lanes and all numbers of connections alike; and no lane
 * always follows the same one, whose garbage and dirty pages it would pay for.
 */
export async function measureSpeed(
  rig: Rig,
  targets: readonly Target[],
  plan: SpeedPlan,
  say: (progress: string) => void,
): Promise<readonly Series[]> {
  const lanes = targets
    .flatMap((target) => target.lanes.map((lane, index) => ({ target, lane, index })))
    // Lanes of one kind of several targets stand side by side: they are what is compared.
    .toSorted((a, b) => a.index - b.index);
  for (const { target, lane } of lanes) {
    say(`${rig.placement.name}: warming up ${lane.name}`);
    await rig.run(target, lane, { connections: WARM_CONNECTIONS, rampMs: plan.rampMs, extent: plan.warm });
  }
  const series = plan.connections.flatMap((connections) =>
    lanes.map(({ target, lane }) => ({ target, lane, connections, rounds: [] as Round[] })),
  );
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const { target, lane, connections, rounds } of round % 2 === 1 ? series : series.toReversed()) {
      say(
        `${rig.placement.name}: round ${round} of ${plan.rounds}, ${connections} connections, ${lane.name}`,
      );
      rounds.push(await rig.run(target, lane, { connections, rampMs: plan.rampMs, extent: plan.round }));
    }
  }
  return series.map(({ target, lane, connections, rounds }) => ({
    target: target.name,
    lane: lane.name,
    placement: rig.placement.name,
    connections,
    rounds,
  }));
}
