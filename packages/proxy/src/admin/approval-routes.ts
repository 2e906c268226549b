import { createRoute, z } from "@hono/zod-openapi";
import { type Approval, type ApprovalAnswered, approvalStatus } from "@keybrake/ledger";
import { readContent } from "../approvals/card.ts";
import { deadlineTime } from "../environment.ts";
import { toUsd } from "../usd.ts";
import { answerApprovalSchema, approvalQuerySchema, approvalSchema } from "./approval-schemas.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import type { AdminVariables } from "./gate.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { errorSchema, listOf } from "./schemas.ts";
import { isRoot } from "./who.ts";

const idParams = z.object({ id: z.string().max(100) });

const list = createRoute({
  method: "get",
  path: "/admin/approvals",
  summary: "What people were asked, newest first",
  request: { query: approvalQuerySchema },
  responses: { 200: json(listOf(approvalSchema), "A page of approvals"), ...COMMON_ERRORS },
});

const retrieve = createRoute({
  method: "get",
  path: "/admin/approvals/{id}",
  summary: "What a person was asked about one act, and what they said",
  request: { params: idParams },
  responses: { 200: json(approvalSchema, "The approval"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const answered = {
  200: json(approvalSchema, "As it is now; the same answer given again changes nothing"),
  409: json(errorSchema, "Somebody has decided otherwise, or it is too late"),
  ...COMMON_ERRORS,
  ...NOT_FOUND,
};

const approve = createRoute({
  method: "post",
  path: "/admin/approvals/{id}/approve",
  summary: "Say yes: the very same call goes through, once",
  request: { params: idParams, body: jsonBody(answerApprovalSchema) },
  responses: answered,
});

const deny = createRoute({
  method: "post",
  path: "/admin/approvals/{id}/deny",
  summary: "Say no: the act is refused, in whatever words",
  request: { params: idParams, body: jsonBody(answerApprovalSchema) },
  responses: answered,
});

/** Who decides: a key that was made for somebody, or the issuer's name for them, says more than what they call themselves. */
function nameOf({ admin: { id, key, name } }: AdminVariables, by: string | undefined): string {
  if (isRoot(id)) return by ?? "admin";
  const known = key === null ? `${name}, ${id}` : name;
  return by === undefined ? known : `${by} (${known})`;
}

export function describeApproval(approval: Approval, moment: number): z.infer<typeof approvalSchema> {
  const { facts } = approval;
  return {
    id: approval.approvalId,
    status: approvalStatus(approval, moment),
    cause: approval.cause,
    vault_key_id: facts.vaultKeyId,
    vault_key_name: facts.vaultKeyName,
    vendor: facts.vendor,
    account: facts.account,
    simulate: facts.simulate,
    operation: facts.operation ?? "",
    method: facts.method,
    path: facts.path,
    amount_minor: facts.amountMinor,
    currency: facts.currency,
    usd: toUsd(approval.movedMicros),
    ...readContent(approval),
    run_id: facts.runId,
    agent: facts.agent,
    conversation_id: facts.conversationId,
    turn: facts.turn,
    call_id: facts.callId,
    asked_at: new Date(approval.askedAt).toISOString(),
    expires_at: new Date(approval.endsAt).toISOString(),
    decided_at: approval.decidedAt === null ? null : new Date(approval.decidedAt).toISOString(),
    decided_by: approval.decidedBy,
    decided_reason: approval.decidedReason,
    used_by: approval.usedBy,
  };
}

/** The approval as it is now; throws what stood in the way of the answer. */
function decidedOf(result: ApprovalAnswered): Approval {
  switch (result.kind) {
    case "decided":
      return result.approval;
    case "not_found":
      throw adminError("not_found", "There is no approval with this id.", "id");
    case "decided_before": {
      const { state, decidedBy } = result.approval;
      const message = `It was ${state === "denied" ? "denied" : "approved"} before, by ${decidedBy}, and the first answer stands.`;
      throw adminError("approval_decided", message, "id");
    }
    case "ended":
      throw adminError("approval_expired", "It is too late: its time is over, or its key has ended.", "id");
  }
}

export function addApprovalRoutes(
  app: AdminApp,
  { ledger, environment, log, teller }: AdminDependencies,
): void {
  app.openapi(list, async (context) => {
    const { limit, cursor, status, vault_key_id: vaultKeyId } = context.req.valid("query");
    const now = deadlineTime(environment);
    const page = await ledger.listApprovals({ status, vaultKeyId }, { limit, cursor }, now);
    const data = page.data.map((approval) => describeApproval(approval, now));
    return context.json({ data, next_cursor: page.nextCursor }, 200);
  });

  app.openapi(retrieve, async (context) => {
    const approval = await ledger.getApproval(context.req.valid("param").id);
    if (approval === null) throw adminError("not_found", "There is no approval with this id.", "id");
    return context.json(describeApproval(approval, deadlineTime(environment)), 200);
  });

  async function answer(
    approvalId: string,
    decision: "approved" | "denied",
    { by, reason = null }: { by: string; reason?: string | undefined | null },
  ) {
    const now = deadlineTime(environment);
    const said = { approvalId, decision, by, reason, deadlineTime: now };
    const approval = decidedOf(await ledger.answerApproval(said));
    teller.answered(approval);
    log.info({ approval_id: approvalId, decision, by }, "approval answered");
    return describeApproval(approval, now);
  }

  app.openapi(approve, async (context) => {
    const { id } = context.req.valid("param");
    const { by, reason } = context.req.valid("json");
    const said = { by: nameOf(context.var as AdminVariables, by), reason };
    return context.json(await answer(id, "approved", said), 200);
  });

  app.openapi(deny, async (context) => {
    const { id } = context.req.valid("param");
    const { by, reason } = context.req.valid("json");
    const said = { by: nameOf(context.var as AdminVariables, by), reason };
    return context.json(await answer(id, "denied", said), 200);
  });
}
