import type { Scenario } from "../scenario.ts";
import { approvals } from "./approvals.ts";
import { audit } from "./audit.ts";
import { inputs } from "./inputs.ts";
import { interruptions } from "./interruptions.ts";
import { keys } from "./keys.ts";
import { limits } from "./limits.ts";
import { loops } from "./loops.ts";
import { parallel } from "./parallel.ts";
import { repeats } from "./repeats.ts";
import { roles } from "./roles.ts";
import { trials } from "./trials.ts";

/** Every scenario of the adapter contract, in the order in which it is printed. */
export const SCENARIOS: readonly Scenario[] = [
  ...repeats,
  ...parallel,
  ...loops,
  ...limits,
  ...approvals,
  ...keys,
  ...roles,
  ...interruptions,
  ...inputs,
  ...trials,
  ...audit,
];
