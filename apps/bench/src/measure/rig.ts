import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startGenerator } from "../load/generator.ts";
import type { Extent, RequestPlan, RunFigures } from "../load/run-plan.ts";
import type { Placement } from "../process/placement.ts";
import { freePort, startServer } from "../process/server-process.ts";
import { resetPeak, type Usage, usageOf } from "../process/usage.ts";
import type { Lane, StartTarget, Surroundings, Target } from "../targets/target.ts";

/** One lane, loaded once. */
export interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** CPU milliseconds of the process under test per thousand requests. */
  readonly cpuMsPer1000: number;
  /** The most memory it had in this round. */
  readonly peakRssMiB: number;
  /** How much of one core load generator and upstream used. Near 1 in a pinned run, they are what was measured. */
  readonly loadBusy: number;
  readonly errors: number;
  readonly firstError: string | null;
}

export interface Load {
  /** Sent, but not measured: connections are made, and every queue on the way has filled. */
  readonly rampMs: number;
  readonly connections: number;
  readonly extent: Extent;
}

/** Upstream and load generator, placed, and what is started beside them. */
export interface Rig extends AsyncDisposable {
  readonly placement: Placement;
  /** Starts a target in a new folder; it ends with the rig unless it was ended before. */
  start<T extends AsyncDisposable>(start: (surroundings: Surroundings) => Promise<T>): Promise<T>;
  run(target: Target, lane: Lane, load: Load): Promise<Round>;
}

const UPSTREAM = fileURLToPath(new URL("../upstream/main.ts", import.meta.url));

/** Fresh keys are fresh in every run; repeated ones are the lane's own. */
function tagOf(lane: Lane): string {
  if (lane.request.idempotency === "repeated") return `bench-${lane.name.replaceAll(" ", "-")}`;
  return `bench-${randomBytes(6).toString("hex")}`;
}

interface Measured {
  readonly figures: RunFigures;
  readonly target: Usage;
  readonly loadCpuMs: number;
}

function roundOf({ figures, target, loadCpuMs }: Measured): Round {
  const { requests, seconds, p50Ms, p99Ms, p999Ms, errors, firstError } = figures;
  return {
    requestsPerSecond: requests / seconds,
    p50Ms,
    p99Ms,
    p999Ms,
    cpuMsPer1000: requests === 0 ? 0 : (target.cpuMs / requests) * 1000,
    peakRssMiB: target.peakRssMiB,
    loadBusy: loadCpuMs / (seconds * 1000),
    errors,
    firstError,
  };
}

/** Everything that is started ends when the rig is disposed of. `folder` is a new one, which the caller removes. */
export async function openRig(placement: Placement, folder: string): Promise<Rig> {
  const started = new AsyncDisposableStack();
  const upstreamPort = await freePort();
  const command = [process.execPath, UPSTREAM, String(upstreamPort)];
  const upstream = await startServer(
    { name: "upstream", command, port: upstreamPort, folder },
    placement.load,
  );
  started.use(upstream);
  const generator = started.use(startGenerator(placement.load));
  let folders = 0;

  const measure = async (
    pids: readonly number[],
    request: RequestPlan,
    tag: string,
    port: number,
    load: Load,
  ) => {
    const loadPids = [upstream.pid, generator.pid];
    let before = { target: usageOf(pids), load: usageOf(loadPids) };
    const figures = await generator.run({ port, request, tag, ...load }, () => {
      resetPeak(pids);
      before = { target: usageOf(pids), load: usageOf(loadPids) };
    });
    const target = usageOf(pids);
    return {
      figures,
      target: { cpuMs: target.cpuMs - before.target.cpuMs, peakRssMiB: target.peakRssMiB },
      loadCpuMs: usageOf(loadPids).cpuMs - before.load.cpuMs,
    };
  };

  return {
    placement,
    async start(start) {
      folders += 1;
      const own = join(folder, String(folders));
      mkdirSync(own);
      return started.use(await start({ upstreamPort, folder: own, pin: placement.measured }));
    },
    async run({ pid, port }, lane, load) {
      return roundOf(await measure(pid === null ? [] : [pid], lane.request, tagOf(lane), port, load));
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Starts several, one after the other. */
export async function startAll(rig: Rig, starts: readonly StartTarget[]): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const start of starts) targets.push(await rig.start(start));
  return targets;
}
