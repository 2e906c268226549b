import type { UnresolvedSum } from "@keybrake/ledger";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Handled } from "./call/call.ts";
import { toUsd } from "./usd.ts";

/** Prometheus metrics. Labels are operation names, decisions and codes: bounded sets, and never an id or a key. */
export interface Metrics {
  observe(handled: Handled, seconds: number): void;
  started(): void;
  finished(): void;
  /** A call of which nobody heard was looked up and settled, or settled elsewhere meanwhile. */
  reconciled(outcome: string): void;
  /** More moved than was held for a call. */
  overHeld(usdMicros: number): void;
  /** A look-up was sent to a vendor: for a call before it, or by the reconciler. */
  lookedUp(by: "call" | "reconciler"): void;
  /** A posted row is not what the vendor's own object says. */
  differed(): void;
  /** Text exposition format 0.0.4. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export function createMetrics(sumUnresolved: () => Promise<readonly UnresolvedSum[]>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "keybrake_" });
  const calls = new Counter({
    name: "keybrake_calls_total",
    help: "Calls answered, by operation, decision and code (empty on success).",
    labelNames: ["operation", "decision", "code"],
    registers,
  });
  const overHold = new Counter({
    name: "keybrake_over_hold_usd_total",
    help: "US dollars that moved beyond what was held for them. Anything but 0 wants somebody to look.",
    registers,
  });
  const duration = new Histogram({
    name: "keybrake_call_duration_seconds",
    help: "From a call's arrival to its answer, the upstream's time included.",
    labelNames: ["operation"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers,
  });
  const inFlight = new Gauge({ name: "keybrake_calls_in_flight", help: "Calls being worked on.", registers });
  const showUnresolved = createUnresolvedGauges(registers, sumUnresolved);
  const reconciled = new Counter({
    name: "keybrake_reconciled_total",
    help: "Calls of which nobody heard, by what look-ups settled them as.",
    labelNames: ["outcome"],
    registers,
  });
  const lookUps = new Counter({
    name: "keybrake_look_ups_total",
    help: "Reads that the proxy sent to vendors for itself: to price or judge a call, or to reconcile.",
    labelNames: ["by"],
    registers,
  });
  const differences = new Counter({
    name: "keybrake_differences_total",
    help: "Posted rows that are not what the vendor's own object says.",
    registers,
  });
  return {
    observe(handled, seconds) {
      const operation = handled.operation ?? "none";
      calls.inc({ operation, decision: handled.decision, code: handled.code ?? "" });
      duration.observe({ operation }, seconds);
    },
    started: () => inFlight.inc(),
    finished: () => inFlight.dec(),
    reconciled: (outcome) => reconciled.inc({ outcome }),
    overHeld: (usdMicros) => overHold.inc(toUsd(usdMicros)),
    lookedUp: (by) => lookUps.inc({ by }),
    differed: () => differences.inc(),
    async render() {
      // Without a store the other figures are wanted all the more.
      await showUnresolved().catch(() => {});
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

const UNRESOLVED = ["held", "unknown", "awaiting"] as const;

/** Money of real keys that is reserved and not known to have moved, as the books have it when metrics are read. */
function createUnresolvedGauges(
  registers: Registry[],
  sumUnresolved: () => Promise<readonly UnresolvedSum[]>,
): () => Promise<void> {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ["state"], registers });
  const calls = gauge("keybrake_unresolved_calls", "Calls whose money is reserved, by state.");
  const usd = gauge("keybrake_unresolved_usd", "US dollars that are reserved, by state.");
  const oldest = gauge(
    "keybrake_unresolved_oldest_timestamp_seconds",
    "When the oldest call whose money is reserved arrived, by state; 0 without any.",
  );
  return async () => {
    const sums = await sumUnresolved();
    for (const state of UNRESOLVED) {
      const sum = sums.find((candidate) => candidate.state === state);
      calls.set({ state }, sum?.calls ?? 0);
      usd.set({ state }, (sum?.usdMicros ?? 0) / 1_000_000);
      oldest.set({ state }, (sum?.oldestAt ?? 0) / 1000);
    }
  };
}
