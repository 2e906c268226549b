/**
 * `pnpm growth [rows] [sqlite|postgres]`: fills a store with so many rows of calls (a million unless told) over a hundred
 * days, by the ledger's own writes, and measures each filter of the audit log with a value that many rows have, one that
 * few have and one that none has: the slowest of five pages of 100; and then what each page of the dashboard asks for. Prints tables. Fast disks and minutes for each
 * million rows are needed; nothing is asserted.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@keybrake/contract/postgres";
import type { CallFilter, Ledger, RecordRequest } from "@keybrake/ledger";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import { openSqliteLedger } from "@keybrake/ledger/sqlite";
import { type Policy, parsePolicy } from "@keybrake/proxy";
import { measurePages } from "./pages.ts";

const DAY_MS = 24 * 3_600_000;
const DAYS = 100;
const KEYS = 100;
const BATCH = 500;
const PAGE = { limit: 100 };

const rows = Number(process.argv[2] ?? 1_000_000);
const isPostgres = process.argv[3] === "postgres";
/** So that the last rows are of today, which has its partition. */
const begin = Date.now() - DAYS * DAY_MS;
const timeOf = (index: number): number => Math.floor(begin + (index / rows) * DAYS * DAY_MS);

function request(index: number): RecordRequest {
  const isRare = index % 100_000 === 50_000;
  const isRefused = index % 10 === 0;
  return {
    facts: {
      ...{ callId: `c${index}`, at: timeOf(index), vaultKeyId: `key-${index % KEYS}`, vaultKeyName: "agent" },
      ...{ vendor: "stripe", account: "default", simulate: false, role: "audit" },
      labels: index % 4 === 0 ? { team: isRare ? "rare" : "payments" } : {},
      ...{ runId: `run-${Math.floor(index / 50)}`, agent: isRare ? "rare" : `agent-${index % 20}` },
      ...{
        conversationId: `conversation-${Math.floor(index / 100)}`,
        turn: `${index % 30}`,
        traceparent: null,
      },
      ...{
        operation: isRare ? "disputes.retrieve" : "charges.retrieve",
        method: "GET",
        path: "/v1/charges/ch_1",
      },
      ...{ idempotencyKey: `idempotency-${index}`, amountMinor: null, currency: null, usdMicros: 0 },
    },
    decision: isRefused ? "denied" : "allowed",
    code: isRefused ? (isRare ? "rate_limited" : "operation_not_allowed") : null,
    ...{ status: 200, upstreamRequestId: `req_${index}`, objectId: `ch_${index % 1000}`, latencyMs: 3 },
  };
}

async function fill(ledger: Ledger<Policy>): Promise<void> {
  const policy = parsePolicy({ allowed_operations: ["reads"] });
  for (let key = 0; key < KEYS; key++) {
    await ledger.createVaultKey({
      ...{ id: `key-${key}`, hash: key.toString(16).padStart(64, "0"), name: "agent", vendor: "stripe" },
      ...{ account: "default", role: "audit", policy, labels: {}, simulate: false },
      ...{
        createdAt: begin,
        expiresAt: begin + 1000 * DAY_MS,
        ownBudget: { capMicros: 0, windowMs: DAY_MS },
      },
      ...{ budgets: [], maxCalls: null, ratePerMinute: null, parentId: null, rootId: null },
    });
  }
  for (let index = 0; index < rows; index += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, rows - index) }, (_, more) => request(index + more));
    await Promise.all(batch.map((row) => ledger.record(row)));
    if (index % 100_000 === 0) console.error(`${index} rows`);
  }
}

const FILTERS: Readonly<Record<string, CallFilter>> = {
  none: {},
  "run id": { runId: "run-7" },
  "conversation id": { conversationId: "conversation-7" },
  turn: { turn: "7" },
  "idempotency key": { idempotencyKey: "idempotency-7" },
  "object id": { objectId: "ch_7" },
  "vault key": { vaultKeyId: "key-7" },
  agent: { agent: "agent-7" },
  "agent, few": { agent: "rare" },
  "agent, none": { agent: "nobody" },
  operation: { operation: "charges.retrieve" },
  "operation, few": { operation: "disputes.retrieve" },
  "operation, none": { operation: "payouts.create" },
  "decision allowed": { decision: "allowed" },
  "decision denied": { decision: "denied" },
  "decision replayed, none": { decision: "replayed" },
  code: { code: "operation_not_allowed" },
  "code, few": { code: "rate_limited" },
  "state none": { state: "none" },
  "state unknown, none": { state: "unknown" },
  "state posted, none": { state: "posted" },
  label: { labels: { team: "payments" } },
  "label, few": { labels: { team: "rare" } },
  "label, none": { labels: { team: "nobody" } },
  "from and to, an hour": { from: begin + 3 * DAY_MS, to: begin + 3 * DAY_MS + 3_600_000 },
  "to, long ago": { to: begin + DAY_MS },
  "vault key and few": { vaultKeyId: "key-50", agent: "rare" },
};

async function measure(ledger: Ledger): Promise<void> {
  for (const [name, filter] of Object.entries(FILTERS)) {
    let slowest = 0;
    let found = 0;
    // The first finds statements unprepared, and pages that are not in memory.
    for (let round = 0; round < 6; round++) {
      const start = performance.now();
      const { data } = await ledger.listCalls(filter, PAGE);
      if (round > 0) slowest = Math.max(slowest, performance.now() - start);
      found = data.length;
    }
    console.log(`| ${name} | ${found} | ${slowest.toFixed(1)} |`);
  }
}

async function measureFilled(ledger: Ledger<Policy>): Promise<void> {
  await fill(ledger);
  console.log(
    `${rows} rows in ${isPostgres ? "Postgres" : "SQLite"}\n\n| filter | rows of the page | slowest, ms |\n| --- | --- | --- |`,
  );
  await measure(ledger);
  await measurePages(ledger);
  await ledger.close();
}

/** As if a proxy had run on each of the days. */
function partitions(): string {
  const first = Math.floor(begin / DAY_MS);
  const days = Array.from({ length: DAYS }, (_, index) => (first + index) * DAY_MS);
  return days
    .map((day) => {
      const name = `calls_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "")}`;
      return `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF calls FOR VALUES FROM (${day}) TO (${day + DAY_MS})`;
    })
    .join(";");
}

if (isPostgres) {
  const server = await startPostgres({ isDurable: false });
  const ledger = await openPostgresLedger({ url: await server.createDatabase("books"), parsePolicy });
  await server.query("books", partitions());
  await measureFilled(ledger);
  await server.dispose();
} else {
  const folder = mkdtempSync(join(tmpdir(), "keybrake-growth-"));
  await measureFilled(await openSqliteLedger({ path: join(folder, "books.db"), parsePolicy }));
  rmSync(folder, { recursive: true });
}
