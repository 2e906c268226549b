import { setTimeout as pass } from "node:timers/promises";
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode, parseTraceParent } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import { type Headers, headerOf } from "../vendors/vendor.ts";
import { prometheusProducer } from "./prometheus-producer.ts";
import type { CallTrace, Telemetry, TracedAnswer } from "./telemetry.ts";

export interface OpenTelemetryOptions {
  /** The collector's root: OTLP over HTTP, at `/v1/traces` and `/v1/metrics` under it. */
  readonly endpoint: string;
  readonly log: Logger;
}

/**
 * Traces and metrics by OpenTelemetry's own packages. What its environment variables say of headers, resource and
 * batches is obeyed by them; a parent that is not sampled has no spans here either.
 *
 * Spans bear ids, names of operations and codes that the proxy made itself: nothing that a caller wrote but the numbers
 * of its `traceparent`. Its `tracestate` is not taken over, because any text may stand in it.
 */
export function openTelemetry({ endpoint, log }: OpenTelemetryOptions): Telemetry {
  const root = endpoint.replace(/\/+$/, "");
  // What the environment says of the service stands over this.
  const resource = resourceFromAttributes({ "service.name": "keybrake" }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const exporter = noteFailures(new OTLPTraceExporter({ url: `${root}/v1/traces` }), log);
  const tracers = new TracerProvider({ resource, spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = tracers.getTracer("keybrake");
  let meters: MeterProvider | null = null;
  return {
    begin: ({ method, headers }) => beginCall(tracer, method, parentOf(headers)),
    watch(read) {
      const metricExporter = new OTLPMetricExporter({ url: `${root}/v1/metrics` });
      const metricProducers = [prometheusProducer(read)];
      const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, metricProducers });
      meters = new MeterProvider({ resource, readers: [reader] });
    },
    async close() {
      const ends = [tracers.shutdown(), meters?.shutdown()];
      await Promise.race([Promise.allSettled(ends), pass(LIMITS.lingerMs, undefined, { ref: false })]);
    },
  };
}

function parentOf(headers: Headers): Context {
  const parent = parseTraceParent(headerOf(headers, "traceparent") ?? "");
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}

/** The steps that wait for something, and what a reader of traces knows them as. */
const SHOWN = new Map([
  ["price", { name: "price", kind: SpanKind.INTERNAL }],
  ["hold", { name: "hold", kind: SpanKind.INTERNAL }],
  ["forward", { name: "upstream", kind: SpanKind.CLIENT }],
  ["settle", { name: "settle", kind: SpanKind.INTERNAL }],
]);

const epochMs = (monotonic: number) => performance.timeOrigin + monotonic;

function beginCall(tracer: Tracer, method: string, parent: Context): CallTrace {
  const options = { kind: SpanKind.SERVER, startTime: epochMs(performance.now()) };
  const span = tracer.startSpan("call", options, parent);
  const within = trace.setSpan(parent, span);
  return {
    stepped(step, begunAt) {
      const shown = SHOWN.get(step);
      if (shown === undefined) return;
      const { name, kind } = shown;
      const startTime = epochMs(begunAt);
      tracer.startSpan(name, { kind, startTime }, within).end(epochMs(performance.now()));
    },
    end(handled) {
      if (handled?.operation) span.updateName(handled.operation);
      span.setAttributes(attributesOf(method, handled));
      if (handled === null || handled.answer.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(epochMs(performance.now()));
    },
  };
}

/** As in the row: the trace leads to it by the call's id. */
function attributesOf(method: string, handled: TracedAnswer | null): Record<string, string | number> {
  const attributes: Record<string, string | number> = {};
  const add = (name: string, value: string | number | null) => {
    if (value !== null) attributes[name] = value;
  };
  add("http.request.method", METHODS.has(method) ? method : "_OTHER");
  if (handled === null) return attributes;
  add("http.response.status_code", handled.answer.status);
  add("keybrake.call_id", handled.callId);
  add("keybrake.vault_key_id", handled.vaultKeyId);
  add("keybrake.operation", handled.operation);
  add("keybrake.decision", handled.decision);
  add("keybrake.code", handled.code);
  return attributes;
}

/** What is no method of HTTP's could be any text (opentelemetry.io/docs/specs/semconv/http/http-spans). */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]);

/** A line a minute is enough to say that the collector does not answer. */
const NOTED_EVERY_MS = 60_000;

function noteFailures(exporter: SpanExporter, log: Logger): SpanExporter {
  let notedAt = Number.NEGATIVE_INFINITY;
  const note = ({ code }: ExportResult) => {
    if (code === ExportResultCode.SUCCESS || performance.now() - notedAt < NOTED_EVERY_MS) return;
    notedAt = performance.now();
    log.warn("traces could not be delivered to the collector");
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        note(result);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
