import { type Random, seeded } from "../programs/random.ts";
import type { Movement } from "./check.ts";
import { Events } from "./events.ts";
import { type Lease, type LentBudget, type LocalBook, NOTHING_BORROWED } from "./protocol.ts";

/** What one run is made of. Times are in milliseconds; money is in integers of one unit. */
export interface Weather {
  readonly seed: number;
  readonly operations: number;
  /** What agents would spend in a window, in hundredths of the cap. */
  readonly demandPercent: number;
  /** A mistake in the protocol that the check must find; none unless told. */
  readonly mistake?: Mistake;
}

/** Ways to build it that look right. */
export type Mistake =
  /** The lender books a report on the time that the region's clock says. */
  | "dates_by_the_region"
  /** A grant that is delivered twice counts twice. */
  | "counts_a_grant_twice"
  /** A region gives back all that it has not posted, also what its calls in flight hold. */
  | "gives_back_what_is_held"
  /** The lender takes back what it has not heard of for an hour. */
  | "takes_back_unheard"
  /** A region whose books come from a backup goes on with what is in them. */
  | "goes_on_after_a_restore"
  /** The lender settles a report as often as it comes. */
  | "settles_twice";

export interface Outcome {
  readonly movements: readonly Movement[];
  readonly operations: number;
  /** Without a message to anybody between the question and the answer. */
  readonly admittedLocally: number;
  readonly refused: number;
  readonly seen: Readonly<Record<Seen, number>>;
  /** What the lender still counts as lent when everything is over and given back. */
  readonly leftLent: number;
}

export type Seen =
  | "partitions"
  | "crashes"
  | "restores"
  | "duplicates"
  | "losses"
  | "slices"
  | "givenBack"
  | "late";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const WINDOW_MS = 24 * HOUR;
/** By which a clock may run fast or slow (ARCHITECTURE.md: the proxy's clock follows the wall clock at so much). */
export const DRIFT = 0.001;
export const OPERATIONS_A_WINDOW = 10_000;
export const AMOUNT_MAX = 20;
export const REGIONS = 3;
/** A slice lasts a region some hours: for so long it can be alone. */
const SLICES_PER_CAP = 40;

export function capFor({ demandPercent }: Weather): number {
  const demand = (OPERATIONS_A_WINDOW * (AMOUNT_MAX + 1)) / 2;
  return Math.round((demand * 100) / demandPercent);
}

/** A region, and what the world knows of it. */
export interface Region {
  readonly index: number;
  readonly clockOffset: number;
  lease: Lease;
  book: LocalBook;
  isUp: boolean;
  isCut: boolean;
  /** Tells the slices of one life from those of the next. */
  life: number;
  asked: number;
  /** All that the vendor moved for it: what a restore looks up. */
  moved: number;
  backup: { readonly lease: Lease; readonly posted: number };
  inFlight: number;
}

export interface World {
  readonly weather: Weather;
  readonly random: Random;
  readonly events: Events;
  readonly regions: readonly Region[];
  readonly movements: Movement[];
  readonly seen: Record<Seen, number>;
  readonly slice: number;
  readonly heardOf: Map<string, number>;
  readonly lender: LentBudget;
  now: number;
  /** When the last call was made; null while there are more. */
  overAt: number | null;
  admitted: number;
  refused: number;
}

export function newWorld(weather: Weather): World {
  const random = seeded(weather.seed);
  const cap = capFor(weather);
  const region = (index: number): Region => ({
    ...{ index, clockOffset: random.below(40 * MINUTE) - 20 * MINUTE, lease: NOTHING_BORROWED },
    ...{ book: { held: 0, posted: 0 }, isUp: true, isCut: false, life: 0, asked: 0, moved: 0, inFlight: 0 },
    backup: { lease: NOTHING_BORROWED, posted: 0 },
  });
  return {
    ...{ weather, random, events: new Events(), movements: [], heardOf: new Map() },
    regions: Array.from({ length: REGIONS }, (_, index) => region(index)),
    seen: {
      ...{ partitions: 0, crashes: 0, restores: 0, duplicates: 0, losses: 0 },
      ...{ slices: 0, givenBack: 0, late: 0 },
    },
    slice: Math.floor(cap / SLICES_PER_CAP),
    lender: { cap, windowMs: WINDOW_MS, held: 0, posted: 0, postings: [], loans: new Map() },
    ...{ now: 0, overAt: null, admitted: 0, refused: 0 },
  };
}

/** The lender's clock runs fast: what leaves its window leaves as early as it can. */
export function lenderTime({ now }: World): number {
  return Math.floor(now * (1 + DRIFT));
}
