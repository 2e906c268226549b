import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitOf, type Machine, thisMachine } from "./machine.ts";
import { type GrowthFigures, measureGrowth } from "./measure/growth.ts";
import { openRig, type Rig, startAll } from "./measure/rig.ts";
import { measureSpeed, type Series } from "./measure/speed.ts";
import { measureStarts, type StartFigures } from "./measure/starts.ts";
import { measureTools, PROBES, type ToolFigures } from "./measure/tools.ts";
import type { Plan, Section } from "./plans.ts";
import { FREE, type Placement, pinnedPlacement } from "./process/placement.ts";
import { OURS, type Report, THEIRS } from "./report/report.ts";
import { OWN_CHECKOUT, serveKeybrake, startKeybrake } from "./targets/keybrake.ts";
import { bareServer, findNginx, startBare, startDirect } from "./targets/passthroughs.ts";
import type { Peers } from "./targets/peers.ts";
import { startOnPostgres } from "./targets/postgres.ts";
import type { StartTarget, Surroundings } from "./targets/target.ts";

export interface BenchmarkOptions {
  readonly plan: Plan;
  readonly sections: readonly Section[];
  /** The root of another installed checkout, run beside this one. */
  readonly against: string | null;
  readonly peers: Peers;
  readonly say: (progress: string) => void;
}

interface Checkout {
  readonly name: string;
  readonly checkout: string;
}

function checkoutsOf(against: string | null): readonly Checkout[] {
  const own = { name: OURS, checkout: OWN_CHECKOUT };
  return against === null ? [own] : [own, { name: THEIRS, checkout: against }];
}

/** In the order in which they are measured: what is compared most stands side by side. */
function targetsOf({ plan, against, peers }: BenchmarkOptions): StartTarget[] {
  const nginx = findNginx();
  return [
    startDirect,
    ...(nginx === null ? [] : [nginx]),
    ...peers.starts,
    startBare,
    ...checkoutsOf(against).map(
      (checkout): StartTarget =>
        (surroundings) =>
          startKeybrake({ ...surroundings, ...checkout }),
    ),
    ...(plan.postgres ? [startOnPostgres] : []),
  ];
}

async function startFigures(rig: Rig, against: string | null, rounds: number) {
  const starters = [
    { name: "bare", start: () => rig.start(bareServer) },
    ...checkoutsOf(against).map(({ name, checkout }, index) => {
      // One store for all starts of a checkout: what is measured is opening it.
      const open = (surroundings: Surroundings) => {
        const folder = join(surroundings.folder, "..", `start-${index}`);
        mkdirSync(folder, { recursive: true });
        return serveKeybrake({ ...surroundings, folder, checkout, name });
      };
      return { name, start: () => rig.start(open) };
    }),
  ];
  return await measureStarts(starters, rounds);
}

/** What about this machine a reader of the figures must know. */
function notesOn(machine: Machine, pinned: Placement | null): readonly string[] {
  const { cores, loadBefore, storeInMemory } = machine;
  const busy = `The machine was busy (load ${loadBefore.toFixed(1)}): these figures say little.`;
  return [
    ...(loadBefore > cores / 2 ? [busy] : []),
    ...(pinned === null ? ["Nothing was pinned: that needs two cores and `taskset`."] : []),
    ...(findNginx() === null ? ["nginx was left out: it is not installed."] : []),
    ...(storeInMemory ? ["The stores were in memory: durable commits cost nothing here."] : []),
  ];
}

/** Runs the sections one after the other. Starts processes and writes to a temporary folder, which it removes. */
export async function runBenchmark(options: BenchmarkOptions): Promise<Report> {
  const { plan, sections, against, say } = options;
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "keybrake-bench-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const machine = thisMachine();
  const pinned = pinnedPlacement();

  const withRig = async <T>(placement: Placement, measure: (rig: Rig, own: string) => Promise<T>) => {
    const own = await mkdtemp(join(folder, `${placement.name}-`));
    await using rig = await openRig(placement, own);
    return await measure(rig, own);
  };
  const place = pinned ?? FREE;
  const speed: Series[] = [];
  let starts: readonly StartFigures[] = [];
  let growth: GrowthFigures | null = null;
  let tools: readonly ToolFigures[] = [];

  if (sections.includes("start")) {
    say("start");
    starts = await withRig(place, (rig) => startFigures(rig, against, plan.starts.rounds));
  }
  if (sections.includes("speed")) {
    const measure = (at: Placement, speedPlan: Plan["pinned"]) =>
      withRig(at, async (rig) => measureSpeed(rig, await startAll(rig, targetsOf(options)), speedPlan, say));
    speed.push(...(await measure(place, plan.pinned)));
    if (plan.free !== null && pinned !== null) speed.push(...(await measure(FREE, plan.free)));
  }
  const growthPlan = plan.growth;
  if (sections.includes("growth") && growthPlan !== null) {
    growth = await withRig(place, (rig, own) => measureGrowth(rig, OWN_CHECKOUT, growthPlan, own, say));
  }
  if (sections.includes("tools")) {
    say("tools");
    const probes = await Promise.all(PROBES.map((load) => load()));
    tools = await measureTools(probes, plan.tools);
  }
  return {
    at: new Date().toISOString(),
    machine,
    commit: commitOf(OWN_CHECKOUT),
    againstCommit: against === null ? null : commitOf(against),
    seconds: (performance.now() - startedAt) / 1000,
    notes: [...options.peers.notes, ...notesOn(machine, pinned)],
    speed,
    starts,
    growth,
    tools,
  };
}
