import type { RequestPlan } from "../load/run-plan.ts";

/** Something under test: what it is called, the process to watch, and the kinds of requests to send it. */
export interface Target extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Null for the upstream itself, which runs on the load's side. */
  readonly pid: number | null;
  readonly startMs: number;
  readonly lanes: readonly Lane[];
}

/** One line of the result: a target under one kind of request. */
export interface Lane {
  readonly name: string;
  readonly request: RequestPlan;
}

/** What a target needs to be started. */
export interface Surroundings {
  readonly upstreamPort: number;
  /** A folder of the target's own. */
  readonly folder: string;
  /** The prefix of its command line (`Placement.measured`). */
  readonly pin: readonly string[];
}

export type StartTarget = (surroundings: Surroundings) => Promise<Target>;

/** The credential that proxies send upstream. The stand-in takes any. */
export const UPSTREAM_KEY = "sk_test_benchmark0000000000";

/** A charge as core's billing tool sends one. */
const CHARGE_BODY = {
  type: "application/x-www-form-urlencoded",
  template:
    "amount=50&currency=usd&customer=cus_bench&description=Benchmark+charge&metadata[reference]={reference}",
};

/** A charge with a fresh Idempotency-Key, as every target gets it. */
export function chargePlan(changes: Partial<RequestPlan> = {}): RequestPlan {
  return {
    method: "POST",
    path: "/v1/charges",
    headers: {},
    bearers: [UPSTREAM_KEY],
    idempotency: "fresh",
    body: CHARGE_BODY,
    status: 200,
    ...changes,
  };
}
