import { type AuditFilter, type AuditRow, auditQuery } from "@keybrake/core";
import { CliError } from "../cli-error.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { type AdminConnection, adminGet } from "./connection.ts";
import { pagesOf } from "./pages.ts";
import { readEvents } from "./sse.ts";

const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 10_000;
/**
 * A call is listed at the time it arrived and streamed when it was answered. After a lost connection the list
 * is read again from so long before the newest known row: longer than any call runs.
 */
const OVERLAP_MS = 180_000;

/** Rows that were shown already, by id and outcome: a call whose outcome changes is shown again. */
class SeenRows {
  #newestAt = Number.NEGATIVE_INFINITY;
  readonly #times = new Map<string, number>();

  /** True the first time. */
  add(row: AuditRow): boolean {
    const key = `${row.call_id} ${row.state} ${row.status}`;
    if (this.#times.has(key)) return false;
    const at = Date.parse(row.at);
    this.#newestAt = Math.max(this.#newestAt, at);
    this.#times.set(key, at);
    return true;
  }

  /** Where to read the list from again; undefined while nothing was seen. Forgets what is older. */
  resumeFrom(): string | undefined {
    if (this.#newestAt === Number.NEGATIVE_INFINITY) return undefined;
    const from = this.#newestAt - OVERLAP_MS;
    for (const [key, at] of this.#times) if (at < from) this.#times.delete(key);
    return new Date(from).toISOString();
  }
}

export interface FollowOptions {
  readonly connection: AdminConnection;
  readonly io: Io;
  readonly filter: AuditFilter;
  /** Ends the following; it then returns. */
  readonly signal: AbortSignal;
  readonly show: (row: AuditRow) => Promise<void>;
  readonly note: (text: string) => Promise<void>;
}

/** False for a call that is still running: it will be streamed with its outcome. */
function isAnswered(row: AuditRow): boolean {
  return row.status !== null || row.decision !== "allowed";
}

/** Marks what is listed now as seen and returns the answered rows of it that are new, oldest first. */
async function catchUp(
  options: FollowOptions,
  seen: SeenRows,
  from: string | undefined,
): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  const { admin } = options.connection;
  const pages = pagesOf((page) => admin.audit.list({ ...options.filter, from, ...page }), 0);
  for await (const page of pages) {
    for (const row of page.data) if (isAnswered(row) && seen.add(row)) rows.push(row);
  }
  return rows.reverse();
}

/** The start of the following: without `from`, what is there already is not shown. */
async function baseline(options: FollowOptions, seen: SeenRows): Promise<void> {
  const { admin } = options.connection;
  const { data } = await admin.audit.list({ ...options.filter, limit: 1 });
  const newest = data[0];
  if (newest === undefined) return;
  const from = new Date(Date.parse(newest.at) - OVERLAP_MS).toISOString();
  await catchUp(options, seen, from);
}

async function readStream(options: FollowOptions, seen: SeenRows, connected: () => void): Promise<void> {
  const { connection, io, filter, signal, show } = options;
  const response = await adminGet(connection, io, {
    path: "/admin/audit/stream",
    query: auditQuery(filter),
    signal,
  });
  // The stream is open: what is answered from here on comes through it, what came before is in the list.
  for (const row of await catchUp(options, seen, seen.resumeFrom() ?? filter.from)) await show(row);
  connected();
  if (response.body === null) return;
  for await (const { event, data } of readEvents(response.body)) {
    if (event !== "call") continue;
    const row = JSON.parse(data) as AuditRow;
    if (seen.add(row)) await show(row);
  }
}

/** A refusal (a wrong admin key) does not go away by itself; a proxy that is away comes back. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof CliError &&
    error.exitCode !== EXIT_CODES.unreachable &&
    error.code !== "store_unavailable"
  );
}

/**
 * Shows each row as it is answered, each once, also across lost connections, until the signal. The first
 * connection must succeed; later ones are tried again with growing pauses.
 */
export async function followAudit(options: FollowOptions): Promise<void> {
  const { io, signal, note } = options;
  const seen = new SeenRows();
  if (options.filter.from === undefined) await baseline(options, seen);
  let everConnected = false;
  let pause = BACKOFF_FIRST_MS;
  while (!signal.aborted) {
    try {
      await readStream(options, seen, () => {
        everConnected = true;
        pause = BACKOFF_FIRST_MS;
      });
    } catch (error) {
      if (signal.aborted) return;
      if (!everConnected || isFinal(error)) throw error;
    }
    if (signal.aborted) return;
    await note("connection to the proxy lost; trying again");
    await io.sleep(pause, signal);
    pause = Math.min(pause * 2, BACKOFF_MAX_MS);
  }
}
