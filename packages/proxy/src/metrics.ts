import type { BatchRun } from "@keybrake/ledger";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Handled } from "./call/call.ts";
import { createStoreFigures, type FiguresDependencies } from "./store-figures.ts";
import type { Families } from "./telemetry/telemetry.ts";
import type { UpstreamResult } from "./upstream/upstream.ts";
import { toUsd } from "./usd.ts";

/**
 * Prometheus metrics (names and units as prometheus.io/docs/practices/naming has them). Labels are operation names,
 * decisions and codes: bounded sets, and never an id or a key. Budgets' names are shown only where `named` is asked for.
 */
export interface Metrics {
  /** A call was answered, so many seconds after it came. */
  observe(handled: Handled, method: string, seconds: number): void;
  started(): void;
  finished(): void;
  /** A request to a vendor ended. */
  sent(kind: UpstreamResult["kind"], seconds: number): void;
  /** A transaction of the ledger ended. */
  committed(batch: BatchRun): void;
  /** The admin API answered. */
  administered(status: number): void;
  /** A call of which nobody heard was looked up and settled, or settled elsewhere meanwhile. */
  reconciled(outcome: string): void;
  /** More moved than was held for a call. */
  overHeld(usdMicros: number): void;
  /** A look-up was sent to a vendor: for a call before it, or by the reconciler. */
  lookedUp(by: "call" | "reconciler"): void;
  /** A try to deliver an alert ended: `delivered`, `retried` later, or given up (`failed`). */
  alerted(result: string): void;
  /** A posted row is not what the vendor's own object says. */
  differed(): void;
  /** Text exposition format 0.0.4, of the figures as they were read last. */
  render(shown: {
    readonly named: boolean;
  }): Promise<{ readonly contentType: string; readonly text: string }>;
  /** All of them as data, budgets' names too. */
  families(): Promise<Families>;
  /** Reads the store's figures for the next `render`. Rejects never. */
  refresh(): Promise<void>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
/** A commit waits for the disk: a tenth of a millisecond on the best, and tens on a slow one. */
const COMMIT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 4];
const OPERATIONS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** What alarms are made of begins at 0 (`.zero`, `inc(…, 0)`): of a series that begins at 1, no increase is seen. */
export function createMetrics(dependencies: FiguresDependencies): Metrics {
  const registry = new Registry();
  const figures = createStoreFigures(dependencies);
  const ofProcess = gatherOfProcess();
  return {
    ...createCallMetrics(registry),
    ...createWorkMetrics(registry),
    ...createAlarms(registry),
    refresh: figures.refresh,
    families: () => Registry.merge([ofProcess, registry, figures.open, figures.named]).getMetricsAsJSON(),
    async render({ named }) {
      const shown = [ofProcess, registry, figures.open, ...(named ? [figures.named] : [])];
      return { contentType: registry.contentType, text: await Registry.merge(shown).metrics() };
    },
  };
}

let gathered: Registry | undefined;

/** The process's own figures. What gathers them, a timer among it, never ends: all proxies of a process share it. */
function gatherOfProcess(): Registry {
  if (gathered === undefined) {
    gathered = new Registry();
    collectDefaultMetrics({ register: gathered, prefix: "keybrake_" });
  }
  return gathered;
}

function createCallMetrics(registry: Registry): Pick<Metrics, "observe" | "started" | "finished"> {
  const registers = [registry];
  const calls = new Counter({
    name: "keybrake_calls_total",
    help: "Calls answered, by operation, decision and code (empty on success).",
    labelNames: ["operation", "decision", "code"],
    registers,
  });
  const duration = new Histogram({
    name: "keybrake_call_duration_seconds",
    help: "From a call's arrival to its answer, the upstream's time included, by kind: read, write, replayed, refused.",
    labelNames: ["kind"],
    buckets: SECONDS,
    registers,
  });
  for (const kind of ["read", "write", "replayed", "refused"]) duration.zero({ kind });
  const inFlight = new Gauge({ name: "keybrake_calls_in_flight", help: "Calls being worked on.", registers });
  return {
    observe(handled, method, seconds) {
      const { operation, decision, code } = handled;
      calls.inc({ operation: operation ?? "none", decision, code: code ?? "" });
      duration.observe({ kind: kindOf(handled, method) }, seconds);
    },
    started: () => inFlight.inc(),
    finished: () => inFlight.dec(),
  };
}

/** What takes about as long as others of its kind. */
function kindOf({ decision }: Handled, method: string): string {
  if (decision === "replayed") return "replayed";
  if (decision !== "allowed") return "refused";
  return method === "GET" ? "read" : "write";
}

function createWorkMetrics(registry: Registry): Pick<Metrics, "sent" | "committed" | "administered"> {
  const registers = [registry];
  const upstream = new Histogram({
    name: "keybrake_upstream_duration_seconds",
    help: "A request to a vendor from its hand-over to its last byte, by what is known after it: answer, not_sent, unknown.",
    labelNames: ["result"],
    buckets: SECONDS,
    registers,
  });
  for (const result of ["answer", "not_sent", "unknown"]) upstream.zero({ result });
  const commits = new Histogram({
    name: "keybrake_commit_duration_seconds",
    help: "A transaction of the ledger, from begin to durable (done), or to its failure (failed).",
    labelNames: ["result"],
    buckets: COMMIT_SECONDS,
    registers,
  });
  for (const result of ["done", "failed"]) commits.zero({ result });
  const operations = new Histogram({
    name: "keybrake_commit_operations",
    help: "Operations that shared one transaction of the ledger.",
    buckets: OPERATIONS,
    registers,
  });
  const admin = new Counter({
    name: "keybrake_admin_requests_total",
    help: "Requests to the admin API, by HTTP status. Many of 401 are somebody who guesses.",
    labelNames: ["status"],
    registers,
  });
  admin.inc({ status: 401 }, 0);
  return {
    sent: (result, seconds) => upstream.observe({ result }, seconds),
    committed({ operations: count, seconds, isDone }) {
      commits.observe({ result: isDone ? "done" : "failed" }, seconds);
      operations.observe(count);
    },
    administered: (status) => admin.inc({ status }),
  };
}

function createAlarms(
  registry: Registry,
): Pick<Metrics, "reconciled" | "overHeld" | "lookedUp" | "differed" | "alerted"> {
  const registers = [registry];
  const overHold = new Counter({
    name: "keybrake_over_hold_usd_total",
    help: "US dollars that moved beyond what was held for them. Anything but 0 wants somebody to look.",
    registers,
  });
  const reconciled = new Counter({
    name: "keybrake_reconciled_total",
    help: "Calls of which nobody heard, by what look-ups settled them as.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["posted", "voided", "superseded"]) reconciled.inc({ outcome }, 0);
  const lookUps = new Counter({
    name: "keybrake_look_ups_total",
    help: "Reads that the proxy sent to vendors for itself: to price or judge a call, or to reconcile.",
    labelNames: ["by"],
    registers,
  });
  for (const by of ["call", "reconciler"]) lookUps.inc({ by }, 0);
  const differences = new Counter({
    name: "keybrake_differences_total",
    help: "Posted rows that are not what the vendor's own object says.",
    registers,
  });
  const alerts = new Counter({
    name: "keybrake_alert_deliveries_total",
    help: "Tries to deliver an alert, by what became of it: delivered, retried later, failed for good.",
    labelNames: ["result"],
    registers,
  });
  for (const result of ["delivered", "retried", "failed"]) alerts.inc({ result }, 0);
  return {
    alerted: (result) => alerts.inc({ result }),
    reconciled: (outcome) => reconciled.inc({ outcome }),
    overHeld: (usdMicros) => overHold.inc(toUsd(usdMicros)),
    lookedUp: (by) => lookUps.inc({ by }),
    differed: () => differences.inc(),
  };
}
