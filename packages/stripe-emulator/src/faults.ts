import type { FaultKind, FaultSpec } from "./control-types.ts";
import { FAULT_DELAY_MS_MAX, FAULTS_MAX } from "./limits.ts";
import { createRandom, type RandomSource, randomFraction } from "./random.ts";

export const FAULT_KINDS = [
  "delay",
  "drop_before",
  "drop_after",
  "error_before",
  "error_after",
  "rate_limit",
  "unavailable",
] as const satisfies readonly FaultKind[];

const SPEC_FIELDS = ["kind", "operation", "delay_ms", "times", "probability", "seed"];

interface ArmedFault {
  readonly id: string;
  readonly spec: FaultSpec;
  readonly random: RandomSource;
  timesLeft: number;
}

/** What happens to one request. */
export interface FaultPlan {
  readonly delayMs: number;
  /** Null: it is served normally, after the delay. */
  readonly action: Exclude<FaultKind, "delay"> | null;
}

function numberProblem(fields: Record<string, unknown>): string | null {
  const { delay_ms, times, probability, seed } = fields;
  const isDelay = fields.kind === "delay";
  if (isDelay !== (delay_ms !== undefined)) return "delay_ms belongs to kind delay, and to it alone";
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (isDelay && !(isCount(delay_ms) && (delay_ms as number) <= FAULT_DELAY_MS_MAX)) {
    return `delay_ms must be an integer from 0 to ${FAULT_DELAY_MS_MAX}`;
  }
  if (times !== undefined && (!isCount(times) || times === 0)) return "times must be a positive integer";
  if (seed !== undefined && !isCount(seed)) return "seed must be an integer from 0";
  if (probability === undefined) return null;
  const inRange = typeof probability === "number" && probability >= 0 && probability <= 1;
  return inRange ? null : "probability must be a number from 0 to 1";
}

/**
 * Says what is wrong with a fault as it came over HTTP, or null. An operation that does not exist is wrong: its
 * fault would never strike, and a test would prove nothing.
 */
export function faultProblem(body: unknown, operations: ReadonlySet<string>): string | null {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "a JSON object is expected";
  const fields: Record<string, unknown> = { ...body };
  const unknown = Object.keys(fields).find((name) => !SPEC_FIELDS.includes(name));
  if (unknown !== undefined) return `unknown field: ${unknown}`;
  if (!FAULT_KINDS.some((kind) => kind === fields.kind))
    return `kind must be one of ${FAULT_KINDS.join(", ")}`;
  const { operation } = fields;
  if (operation !== undefined && !(typeof operation === "string" && operations.has(operation))) {
    return `unknown operation: ${String(operation)}`;
  }
  return numberProblem(fields);
}

/** The armed faults. */
export class Faults {
  #armed: ArmedFault[] = [];

  /** Returns null when too many are armed. */
  arm(fault: { readonly id: string; readonly spec: FaultSpec; readonly seed: number }): string | null {
    if (this.#armed.length >= FAULTS_MAX) return null;
    const { id, spec } = fault;
    this.#armed.push({
      id,
      spec,
      random: createRandom(spec.seed ?? fault.seed),
      timesLeft: spec.times ?? Number.POSITIVE_INFINITY,
    });
    return id;
  }

  /** Returns how many were armed. */
  clear(): number {
    const count = this.#armed.length;
    this.#armed = [];
    return count;
  }

  /**
   * Decides what happens to a request and uses up the faults that strike: every delay adds up, and the first
   * other fault that strikes is the only one.
   */
  plan(operation: string | null): FaultPlan {
    let delayMs = 0;
    let action: FaultPlan["action"] = null;
    for (const fault of this.#armed) {
      const { kind, probability = 1 } = fault.spec;
      if (fault.spec.operation !== undefined && fault.spec.operation !== operation) continue;
      if (fault.timesLeft === 0 || (kind !== "delay" && action !== null)) continue;
      // Drawn for every request that matches, so the nth request meets the same fate in every run.
      if (randomFraction(fault.random) >= probability) continue;
      fault.timesLeft -= 1;
      if (kind === "delay") delayMs += fault.spec.delay_ms ?? 0;
      else action = kind;
    }
    return { delayMs: Math.min(delayMs, FAULT_DELAY_MS_MAX), action };
  }
}
