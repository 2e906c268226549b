import type { MetricObjectWithValues, MetricValue } from "prom-client";
import type { Arrived, Handled } from "../call/call.ts";

/** One call, as its spans are made. */
export interface CallTrace {
  /** A step of its way has ended that began at `begunAt` (of `performance.now`). */
  stepped(step: string, begunAt: number): void;
  /** Its answer is there, or null: the store failed. */
  end(handled: Handled | null): void;
}

/** Metric families as prom-client describes them. */
export type Families = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Traces and metrics for a collector. Without one there is no such object, and nothing of OpenTelemetry is loaded. */
export interface Telemetry {
  /** Joins the trace that the call's `traceparent` names. */
  begin(call: Arrived): CallTrace;
  /** From now on, sends these figures once a minute. Asked for once. */
  watch(read: () => Promise<Families>): void;
  /** Sends what is left, for as long as a collector may keep an end waiting, and ends. Rejects never. */
  close(): Promise<void>;
}
