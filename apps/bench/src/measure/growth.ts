import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FREE } from "../process/placement.ts";
import {
  adminOfKeybrake,
  type KeybrakeOptions,
  readLane,
  serveKeybrake,
  writeLane,
} from "../targets/keybrake.ts";
import type { StartTarget, Surroundings } from "../targets/target.ts";
import { openRig, type Rig, startAll } from "./rig.ts";
import { measureSpeed, type Series, type SpeedPlan } from "./speed.ts";
import { measureStarts, type StartFigures } from "./starts.ts";

/** What a proxy with much behind it costs over an empty one. */

export interface GrowthPlan {
  /** Calls in the store, half of them charges and half reads. */
  readonly rows: number;
  /** Vault keys, each with a budget of its own, used in turn. */
  readonly keys: number;
}

export interface GrowthFigures {
  /** The first target is the empty store, which the others are compared with. */
  readonly series: readonly Series[];
  readonly starts: readonly StartFigures[];
}

/** Vault keys that share the one hot budget. */
const SHARING_KEYS = 100;
/** While filling: many at once make large commits. */
const FILL_CONNECTIONS = 128;

/** Makes calls through a proxy of its own until its store has `rows` of them. */
async function fillStore(checkout: string, folder: string, rows: number): Promise<void> {
  mkdirSync(folder);
  const rigFolder = join(folder, "rig");
  mkdirSync(rigFolder);
  await using rig = await openRig(FREE, rigFolder);
  const target = await rig.start(async (surroundings) => {
    const server = await serveKeybrake({ ...surroundings, folder, checkout, name: "filling" });
    const admin = adminOfKeybrake(server);
    const lanes = [await writeLane("fill write", admin, 1), await readLane("fill read", admin)];
    return { ...server, name: "filling", lanes };
  });
  for (const lane of target.lanes) {
    const extent = { requests: Math.ceil(rows / target.lanes.length) };
    await rig.run(target, lane, { connections: FILL_CONNECTIONS, rampMs: 0, extent });
  }
}

/** A proxy with a lane of charges by `keys` keys, and one of reads. */
function proxyWith(keys: number, options: Omit<KeybrakeOptions, keyof Surroundings>, budget?: string) {
  return async (surroundings: Surroundings) => {
    const { name } = options;
    const server = await serveKeybrake({ ...surroundings, ...options });
    const admin = adminOfKeybrake(server);
    const lanes = [
      await writeLane(`${name}, write`, admin, keys, budget),
      await readLane(`${name}, read`, admin),
    ];
    return { ...server, name, lanes };
  };
}

/** The figures of one checkout; `folder` is one for the filled store, which the caller removes. */
export async function measureGrowth(
  rig: Rig,
  checkout: string,
  { rows, keys, ...speed }: GrowthPlan & SpeedPlan,
  folder: string,
  say: (progress: string) => void,
): Promise<GrowthFigures> {
  const count = (value: number) => value.toLocaleString("en-US");
  say(`filling a store with ${count(rows)} rows`);
  const filled = join(folder, "filled");
  await fillStore(checkout, filled, rows);
  const rowsName = `${count(rows)} rows`;
  say(`start with ${rowsName}`);
  const openFilled = (surroundings: Surroundings) =>
    serveKeybrake({ ...surroundings, folder: filled, checkout, name: rowsName });
  const starts = await measureStarts([{ name: rowsName, start: () => rig.start(openFilled) }], speed.rounds);
  say(`making ${count(keys)} vault keys`);
  const scenarios: readonly StartTarget[] = [
    proxyWith(1, { checkout, name: "empty" }),
    (surroundings) => proxyWith(1, { checkout, name: rowsName })({ ...surroundings, folder: filled }),
    proxyWith(keys, { checkout, name: `${count(keys)} keys` }),
    proxyWith(SHARING_KEYS, { checkout, name: "one hot budget" }, "hot"),
  ];
  const series = await measureSpeed(rig, await startAll(rig, scenarios), speed, say);
  return { series, starts };
}
