import type { MetricObjectWithValues, MetricValue } from "prom-client";
import type { Headers } from "../vendors/vendor.ts";

/** What a trace shows of a call that has its answer. */
export interface TracedAnswer {
  readonly answer: { readonly status: number };
  readonly callId: string | null;
  readonly operation: string | null;
  readonly vaultKeyId: string | null;
  readonly decision: string;
  readonly code: string | null;
}

/** One call, as its spans are made. */
export interface CallTrace {
  /** A step of its way has ended that began at `begunAt` (of `performance.now`). */
  stepped(step: string, begunAt: number): void;
  /** Its answer is there, or null: the store failed. */
  end(answered: TracedAnswer | null): void;
}

/** Metric families as prom-client describes them. */
export type Families = readonly MetricObjectWithValues<MetricValue<string>>[];

/** Traces and metrics for a collector. Without one there is no such object, and nothing of OpenTelemetry is loaded. */
export interface Telemetry {
  /** Joins the trace that the call's `traceparent` names. */
  begin(call: { readonly method: string; readonly headers: Headers }): CallTrace;
  /** From now on, sends these figures once a minute. Asked for once. */
  watch(read: () => Promise<Families>): void;
  /** Sends what is left, for as long as a collector may keep an end waiting, and ends. Rejects never. */
  close(): Promise<void>;
}
