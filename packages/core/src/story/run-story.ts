import type { AuditRow } from "../admin/audit-types.ts";
import { type AskedAct, foldActs } from "./acts.ts";

/** A run from its first call to its last: who, what was asked for, how often, and what became of it. */
export interface RunStory {
  readonly runId: string | null;
  /** Each name once, in the order in which they came. */
  readonly agents: readonly string[];
  readonly keys: readonly string[];
  /** ISO 8601, of the first and the last call. */
  readonly from: string;
  readonly to: string;
  readonly acts: readonly AskedAct[];
  /** Calls that the acts came in. */
  readonly calls: number;
  /** Acts that were refused. */
  readonly refused: number;
  /** Millionths of a US dollar, of calls that do not only simulate. */
  readonly movedMicros: number;
  /** Reserved, and not known to have moved. */
  readonly heldMicros: number;
}

/** Rows oldest first; null when there are none. */
export function storyOfRun(rows: readonly AuditRow[]): RunStory | null {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return null;
  const acts = foldActs(rows);
  return {
    runId: first.run_id,
    agents: known(rows.map(({ agent }) => agent)),
    keys: known(rows.map(({ vault_key_name }) => vault_key_name)),
    from: first.at,
    to: last.at,
    acts,
    calls: acts.reduce((sum, { times }) => sum + times, 0),
    refused: acts.filter(({ row }) => row.decision === "denied").length,
    movedMicros: sumOf(rows, ["posted"]),
    heldMicros: sumOf(rows, ["held", "unknown", "awaiting"]),
  };
}

function known(values: readonly (string | null)[]): string[] {
  return [...new Set(values)].filter((value) => value !== null);
}

function sumOf(rows: readonly AuditRow[], states: readonly AuditRow["state"][]): number {
  return rows
    .filter(({ state, simulate }) => states.includes(state) && !simulate)
    .reduce((sum, { usd_micros }) => sum + usd_micros, 0);
}
