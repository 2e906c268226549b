import type { Round } from "../measure/rig.ts";
import type { Series } from "../measure/speed.ts";
import { ratioOf, type Spread, spreadOf } from "../measure/statistics.ts";

/** One line of a table: medians over the rounds, and the ratio to another lane of the same block. */
export interface Line {
  readonly lane: string;
  readonly requestsPerSecond: number;
  readonly ratio: Spread | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly cpuMsPer1000: number;
  readonly peakRssMiB: number;
  /** Load generator and upstream had no core's time left: this is their limit, not the target's. */
  readonly loadBound: boolean;
}

/** Everything measured at one placement and one number of connections. */
export interface Block {
  readonly placement: Series["placement"];
  readonly connections: number;
  readonly series: readonly Series[];
}

/** Of a core. Above it the load's own work decides how many requests there are. */
const LOAD_BUSY_MAX = 0.9;

type RoundFigure = Exclude<keyof Round, "firstError">;

function values({ rounds }: Series, field: RoundFigure): number[] {
  return rounds.map((round) => round[field]);
}

export function blocksOf(series: readonly Series[]): readonly Block[] {
  const groups = Map.groupBy(series, ({ placement, connections }) => `${placement} ${connections}`);
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    return [{ placement: first.placement, connections: first.connections, series: members }];
  });
}

/** `base`: what the ratio is to; null for none. */
export function lineOf(series: Series, base: Series | null): Line {
  const { lane, placement } = series;
  const median = (field: RoundFigure) => spreadOf(values(series, field)).median;
  return {
    lane,
    requestsPerSecond: median("requestsPerSecond"),
    ratio:
      base === null ? null : ratioOf(values(series, "requestsPerSecond"), values(base, "requestsPerSecond")),
    p50Ms: median("p50Ms"),
    p99Ms: median("p99Ms"),
    p999Ms: median("p999Ms"),
    cpuMsPer1000: median("cpuMsPer1000"),
    peakRssMiB: median("peakRssMiB"),
    loadBound: placement === "pinned" && median("loadBusy") > LOAD_BUSY_MAX,
  };
}

/** How one checkout compares with another, lane by lane. */
export interface Comparison {
  /** Without the checkout's name: `write`. */
  readonly kind: string;
  readonly placement: Series["placement"];
  readonly connections: number;
  /** Requests per second; above 1 the first is faster. */
  readonly rate: Spread;
  /** The middle latency; below 1 the first is faster. */
  readonly p50: Spread;
  /** Processor time per request: what other work on the machine disturbs least. Below 1 the first needs less. */
  readonly cpu: Spread;
}

/** Every lane of the target `name` over the same lane of the target `over`. */
export function comparisonsOf(series: readonly Series[], name: string, over: string): readonly Comparison[] {
  return series
    .filter(({ target }) => target === name)
    .flatMap((own) => {
      const { lane, placement, connections } = own;
      const kind = lane.slice(name.length + 1);
      const other = series.find(
        (candidate) =>
          candidate.lane === `${over} ${kind}` &&
          candidate.placement === placement &&
          candidate.connections === connections,
      );
      if (other === undefined) return [];
      const ratio = (field: RoundFigure) => ratioOf(values(own, field), values(other, field));
      const [rate, p50, cpu] = [ratio("requestsPerSecond"), ratio("p50Ms"), ratio("cpuMsPer1000")];
      return [{ kind, placement, connections, rate, p50, cpu }];
    });
}

/** Answers that were not as they should be, and rounds without any: what makes the figures of a lane worthless. */
export function errorsOf(series: readonly Series[]): readonly string[] {
  return series.flatMap(({ lane, connections, rounds }) => {
    const errors = rounds.reduce((sum, round) => sum + round.errors, 0);
    const first = rounds.find(({ firstError }) => firstError !== null)?.firstError;
    const silent = rounds.filter(({ requestsPerSecond }) => requestsPerSecond === 0).length;
    const where = `${lane}, ${connections} connections`;
    return [
      ...(errors === 0 ? [] : [`${where}: ${errors} errors, first: ${first}`]),
      ...(silent === 0 ? [] : [`${where}: no answer in ${silent} of ${rounds.length} rounds`]),
    ];
  });
}
