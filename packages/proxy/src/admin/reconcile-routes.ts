import { createRoute, z } from "@hono/zod-openapi";
import { type Call, isLedgerError, type Settlement } from "@keybrake/ledger";
import type { HTTPException } from "hono/http-exception";
import type { Reconciled } from "../reconcile/reconciler.ts";
import { toMicros, toUsd } from "../usd.ts";
import { auditRow } from "./audit-row.ts";
import { auditRowSchema } from "./audit-schemas.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { errorSchema, usd } from "./schemas.ts";

const reconciledSchema = z
  .object({
    call_id: z.string(),
    operation: z.string().nullable(),
    vendor: z.string(),
    account: z.string(),
    state: z.enum(["unknown", "awaiting"]),
    usd: z.number(),
    outcome: z.enum(["posted", "voided", "waiting", "unsettled", "superseded"]).openapi({
      description:
        "waiting: a later run will tell; unsettled: a person must settle it; superseded: it was settled, or sent again, meanwhile",
    }),
    reason: z.string().nullable(),
  })
  .openapi("ReconciledCall");

const reconcile = createRoute({
  method: "post",
  path: "/admin/reconcile",
  summary: "Look up what became of unknown and awaiting calls, and settle what is found out",
  description: "Looks up and never sends anything again. With dry_run nothing is settled.",
  request: { body: jsonBody(z.strictObject({ dry_run: z.boolean().default(false) })) },
  responses: {
    200: json(z.object({ data: z.array(reconciledSchema) }), "What was found out, oldest first"),
    ...COMMON_ERRORS,
  },
});

const settle = createRoute({
  method: "post",
  path: "/admin/calls/{id}/settle",
  summary: "Settle an unknown or awaiting call by hand; the reason stays in its row",
  request: {
    params: z.object({ id: z.string().max(100) }),
    body: jsonBody(
      z.strictObject({
        outcome: z.enum(["posted", "voided"]),
        reason: z
          .string()
          .trim()
          .min(1)
          .max(500)
          .regex(/^\P{Cc}*$/u, "no control characters"),
        usd: usd
          .optional()
          .openapi({ description: "What moved, with posted; what was reserved unless told" }),
      }),
    ),
  },
  responses: {
    200: json(auditRowSchema, "The settled call"),
    409: json(errorSchema, "It is settled already, or being sent"),
    ...COMMON_ERRORS,
    ...NOT_FOUND,
  },
});

/** What a person says of a call replaces its hold; without a word about the amount, it moved as reserved. */
function settlementBy(
  call: Call,
  { outcome, reason, usd: said }: { outcome: "posted" | "voided"; reason: string; usd?: number | undefined },
  at: number,
): Settlement {
  const figures =
    said === undefined
      ? { usdMicros: call.usdMicros, amountMinor: call.amountMinor, currency: call.currency }
      : { usdMicros: toMicros(said), amountMinor: Math.round(said * 100), currency: "usd" };
  return {
    callId: call.callId,
    by: { kind: "person", reason },
    at,
    state: outcome,
    ...figures,
    ...{ totalOf: null, undoes: null, refused: false },
    ...{ code: null, status: null, upstreamRequestId: null, objectId: null, latencyMs: null, answer: null },
  };
}

/** What stands in the way of settling by hand; null for a store that fails. */
function refusalOf(error: unknown): HTTPException | null {
  if (!isLedgerError(error)) return null;
  if (error.code === "call_already_settled")
    return adminError(
      "call_already_settled",
      "The call is not unknown or awaiting: it has its outcome.",
      "id",
    );
  if (error.code === "call_in_flight")
    return adminError("call_in_flight", "The call is being sent; wait for its outcome.", "id");
  return null;
}

function describe({ unresolved: { call }, outcome, reason }: Reconciled): z.infer<typeof reconciledSchema> {
  const { callId, operation, vendor, account, usdMicros } = call;
  const state = call.state === "awaiting" ? "awaiting" : "unknown";
  return { call_id: callId, operation, vendor, account, state, usd: toUsd(usdMicros), outcome, reason };
}

export function addReconcileRoutes(
  app: AdminApp,
  { ledger, environment, reconciler, log }: AdminDependencies,
): void {
  app.openapi(reconcile, async (context) => {
    const { dry_run: dryRun } = context.req.valid("json");
    const found = await reconciler.run({ dryRun });
    return context.json({ data: found.map(describe) }, 200);
  });

  app.openapi(settle, async (context) => {
    const { id } = context.req.valid("param");
    const said = context.req.valid("json");
    if (said.outcome === "voided" && said.usd !== undefined)
      throw adminError("request_invalid", "usd: what is voided moved nothing.", "usd");
    const call = await ledger.getCall(id);
    if (call === null) throw adminError("not_found", "There is no call with this id.", "id");
    try {
      await ledger.settle(settlementBy(call, said, environment.clock()));
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
    log.info({ call_id: id, outcome: said.outcome, reason: said.reason }, "call settled by hand");
    return context.json(auditRow((await ledger.getCall(id)) ?? call), 200);
  });
}
