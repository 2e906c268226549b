import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Handled } from "./call/call.ts";

/** Prometheus metrics. Labels are operation names, decisions and codes: bounded sets, and never an id or a key. */
export interface Metrics {
  observe(handled: Handled, seconds: number): void;
  started(): void;
  finished(): void;
  /** Text exposition format 0.0.4. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: "keybrake_" });
  const calls = new Counter({
    name: "keybrake_calls_total",
    help: "Calls answered, by operation, decision and code (empty on success).",
    labelNames: ["operation", "decision", "code"],
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
  return {
    observe(handled, seconds) {
      const operation = handled.operation ?? "none";
      calls.inc({ operation, decision: handled.decision, code: handled.code ?? "" });
      duration.observe({ operation }, seconds);
    },
    started: () => inFlight.inc(),
    finished: () => inFlight.dec(),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
