import type { Machine } from "../machine.ts";
import type { GrowthFigures } from "../measure/growth.ts";
import type { Series } from "../measure/speed.ts";
import type { StartFigures } from "../measure/starts.ts";
import type { ToolFigures } from "../measure/tools.ts";

/** All that a run found: what `--json` prints, and what tables and chart are made of. */
export interface Report {
  readonly at: string;
  readonly machine: Machine;
  readonly commit: string | null;
  /** Of the checkout that was run beside this one. */
  readonly againstCommit: string | null;
  readonly seconds: number;
  /** What could not be measured here, in a sentence each. */
  readonly notes: readonly string[];
  readonly speed: readonly Series[];
  readonly starts: readonly StartFigures[];
  readonly growth: GrowthFigures | null;
  readonly tools: readonly ToolFigures[];
}

/** What the lanes of this checkout and of the other one are called. */
export const OURS = "keybrake";
export const THEIRS = "against";
