import { createRoute, z } from "@hono/zod-openapi";
import type { Call, CallFilter } from "@keybrake/ledger";
import { streamSSE } from "hono/streaming";
import { auditCsv, auditRow } from "./audit-row.ts";
import { auditFilterSchema, auditQuerySchema, auditRowSchema, labelsOf } from "./audit-schemas.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, NOT_FOUND } from "./openapi.ts";
import { listOf } from "./schemas.ts";

const HEARTBEAT_MS = 15_000;
/** A reader that lags by more rows than this is cut off; it reconnects and reads the list. */
const STREAM_BACKLOG_ROWS = 10_000;

const list = createRoute({
  method: "get",
  path: "/admin/audit",
  summary: "The audit log, newest first",
  description:
    "With format=jsonl or csv the page comes as text; the next cursor is in the header X-Next-Cursor.",
  request: { query: auditQuerySchema },
  responses: { 200: json(listOf(auditRowSchema), "A page of rows"), ...COMMON_ERRORS },
});

const retrieve = createRoute({
  method: "get",
  path: "/admin/calls/{id}",
  summary: "One call of the audit log",
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(auditRowSchema, "The call"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const stream = createRoute({
  method: "get",
  path: "/admin/audit/stream",
  summary: "Rows as they are answered, as server-sent events named `call`",
  request: { query: auditFilterSchema },
  responses: {
    200: { description: "An endless stream", content: { "text/event-stream": { schema: auditRowSchema } } },
    ...COMMON_ERRORS,
  },
});

function filterOf(query: z.infer<typeof auditFilterSchema>): CallFilter {
  const { agent, customer, turn, operation, decision, code, state, from, to } = query;
  return {
    ...{ agent, customer, turn, operation, decision, code, state, from, to },
    runId: query.run_id,
    conversationId: query.conversation_id,
    idempotencyKey: query.idempotency_key,
    objectId: query.object_id,
    vaultKeyId: query.vault_key_id,
    labels: labelsOf(query),
  };
}

function matches(filter: CallFilter, call: Call): boolean {
  const { from, to, labels = {}, ...fields } = filter;
  const equal = Object.entries(fields).every(
    ([field, wanted]) => wanted === undefined || call[field as keyof typeof fields] === wanted,
  );
  const labelled = Object.entries(labels).every(([label, value]) => call.labels[label] === value);
  return equal && labelled && (from === undefined || call.at >= from) && (to === undefined || call.at < to);
}

export function addAuditRoutes(app: AdminApp, { ledger }: AdminDependencies): void {
  app.openapi(list, async (context) => {
    const { limit, cursor, format, ...query } = context.req.valid("query");
    const page = await ledger.listCalls(filterOf(query), { limit, cursor });
    const data = page.data.map(auditRow);
    if (format === "json") return context.json({ data, next_cursor: page.nextCursor }, 200);
    const text = format === "csv" ? auditCsv(data) : data.map((row) => `${JSON.stringify(row)}\n`).join("");
    const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
    const headers = {
      "content-type": type,
      ...(page.nextCursor === null ? {} : { "x-next-cursor": page.nextCursor }),
    };
    // The description knows one content type; the two text formats leave as plain responses.
    return context.newResponse(text, 200, headers) as never;
  });

  app.openapi(retrieve, async (context) => {
    const call = await ledger.getCall(context.req.valid("param").id);
    if (call === null) throw adminError("not_found", "There is no call with this id.", "id");
    return context.json(auditRow(call), 200);
  });

  app.openapi(stream, (context) => {
    const filter = filterOf(context.req.valid("query"));
    // nginx would keep the rows to itself until it had a buffer full of them.
    context.header("x-accel-buffering", "no");
    // Nobody reads what would be streamed, so nobody would end it.
    if (context.req.method === "HEAD") return context.body(null, 200) as never;
    return streamSSE(context, async (events) => {
      const waiting: Call[] = [];
      let wake = () => {};
      let lags = false;
      const unsubscribe = ledger.subscribe((call) => {
        if (!matches(filter, call)) return;
        waiting.push(call);
        // Here and not in the loop below, which may be stuck in a write that a stalled reader never takes.
        if (waiting.length > STREAM_BACKLOG_ROWS) {
          lags = true;
          waiting.length = 0;
          unsubscribe();
        }
        wake();
      });
      events.onAbort(() => {
        unsubscribe();
        wake();
      });
      const heartbeat = setInterval(() => void events.write(": alive\n\n"), HEARTBEAT_MS);
      try {
        await events.write(": connected\n\n");
        while (!events.aborted && !lags) {
          const call = waiting.shift();
          if (call !== undefined) {
            await events.writeSSE({ event: "call", id: call.callId, data: JSON.stringify(auditRow(call)) });
            continue;
          }
          const { promise, resolve } = Promise.withResolvers<void>();
          wake = resolve;
          if (waiting.length === 0 && !events.aborted && !lags) await promise;
        }
      } finally {
        clearInterval(heartbeat);
        unsubscribe();
      }
    }) as never;
  });
}
