import { z } from "zod";
import type {
  BudgetInfo,
  IssuedVaultKey,
  Page,
  ReconciledCall,
  VaultKeyInfo,
  VaultKeyPolicy,
} from "./admin-types.ts";
import type { AlertDelivery, AlertTargetInfo, CreatedAlertTarget } from "./alert-types.ts";
import type { ApprovalInfo } from "./approval-types.ts";
import type { AuditRow } from "./audit-types.ts";
import type { MeInfo, RoleInfo } from "./me-types.ts";
import type { SpendInfo } from "./spend-types.ts";
import type { StopInfo } from "./stop-types.ts";

/*
 * What a 2xx of the admin API must say before anybody reads it as the type that it is given. A later proxy may say more.
 */

/** Used at once: whoever prints everything that there is breaks a Zod schema whose lazy parts nobody has used yet. */
export function answerOf<S extends z.ZodRawShape>(shape: S) {
  const schema = z.looseObject(shape);
  schema.safeParse({});
  return schema;
}

const text = z.string();
const maybeText = text.nullable();
const figure = z.number();
const maybeFigure = figure.nullable();
const texts = z.array(text);

const policy: z.ZodType<VaultKeyPolicy> = answerOf({
  allowed_operations: texts,
  daily_usd_cap: maybeFigure,
  budgets: texts,
  max_usd_per_call: maybeFigure,
  currencies: texts.nullable(),
  customers: texts.nullable(),
  stripe_accounts: texts,
  max_calls: maybeFigure,
  rate_per_minute: maybeFigure,
  simulate: z.boolean(),
  assume_usd: z.record(text, figure),
  allow_raw_cards: z.boolean(),
  unpaid_intents: z.enum(["window", "hold"]),
  dedupe: z.enum(["auto", "act", "key"]),
  act_window: text,
  act_includes: texts,
  enforcement: z.enum(["enforce", "observe"]),
  cap_status: z.literal([429, 402]),
  approval: answerOf({
    above_usd: maybeFigure,
    ask_at: maybeFigure,
    operations: texts.nullable(),
    expires_in: text,
  }).nullable(),
  bind: answerOf({ run_id: maybeText, conversation_id: maybeText }).nullable(),
  may_delegate: answerOf({ keys: figure, depth: figure }).nullable(),
});

const key = { id: text, name: text, role: maybeText, policy, expires_at: text };

export const issuedVaultKey: z.ZodType<IssuedVaultKey> = answerOf({ ...key, vault_key: text });

export const vaultKeyInfo: z.ZodType<VaultKeyInfo> = answerOf({
  ...key,
  vendor: text,
  account: text,
  status: z.enum(["active", "paused", "revoked", "expired"]),
  parent_id: maybeText,
  labels: z.record(text, text),
  created_at: text,
  revoked_at: maybeText,
  paused_at: maybeText,
  spent: figure,
  held: figure,
  remaining: maybeFigure,
  calls: figure,
});

export const stopInfo: z.ZodType<StopInfo> = answerOf({
  ...{ id: text, at: text, role: maybeText, agent: maybeText, reason: maybeText },
  ...{ labels: z.record(text, text), keys: figure },
});

export const stopList: z.ZodType<{ readonly data: readonly StopInfo[] }> = answerOf({
  data: z.array(stopInfo),
});

export const meInfo: z.ZodType<MeInfo> = answerOf({
  ...{ id: text, name: text, scope: z.enum(["admin", "operator", "issuer", "auditor"]) },
  accounts: z.array(
    answerOf({
      ...{ vendor: text, title: text, account: text, mode: z.enum(["live", "test"]) },
      object_pages: z.array(answerOf({ starts: text, at: text })),
    }),
  ),
});

export const roleList: z.ZodType<{ readonly data: readonly RoleInfo[] }> = answerOf({
  data: z.array(
    answerOf({
      ...{ role: text, operations: texts },
      tools: z.array(answerOf({ name: text, moves_money: z.boolean() })),
    }),
  ),
});

const totals = answerOf({
  ...{ moved_micros: figure, held_micros: figure, posted: figure, denied: figure, calls: figure },
});
const figures = z.array(figure);

export const spendInfo: z.ZodType<SpendInfo> = answerOf({
  ...{ by: z.enum(["key", "role", "agent", "run"]), bin: z.enum(["hour", "day"]) },
  ...{ starts: texts, told: figure, total: totals },
  groups: z.array(
    answerOf({
      ...{ kind: z.enum(["named", "none", "others"]), name: text, title: text, total: totals },
      ...{ moved_micros: figures, held_micros: figures, denied: figures },
    }),
  ),
});

export const budgetInfo: z.ZodType<BudgetInfo> = answerOf({
  name: text,
  usd_cap: figure,
  window: text,
  daily_usd_cap: maybeFigure,
  parent: maybeText,
  created_at: text,
  spent: figure,
  held: figure,
  remaining: figure,
});

export const auditRow: z.ZodType<AuditRow> = answerOf({
  call_id: text,
  at: text,
  vendor: text,
  account: text,
  vault_key_id: text,
  vault_key_name: text,
  role: maybeText,
  labels: z.record(text, text),
  simulate: z.boolean(),
  run_id: maybeText,
  agent: maybeText,
  customer: maybeText,
  conversation_id: maybeText,
  turn: maybeText,
  traceparent: maybeText,
  operation: maybeText,
  method: text,
  path: text,
  idempotency_key: maybeText,
  decision: z.enum(["allowed", "denied", "replayed"]),
  code: maybeText,
  amount_minor: maybeFigure,
  currency: maybeText,
  usd_micros: figure,
  usd_cents: figure,
  moved_usd: figure,
  would_code: maybeText,
  state: z.enum(["none", "held", "posted", "voided", "unknown", "awaiting"]),
  status: maybeFigure,
  upstream_request_id: maybeText,
  upstream_idempotency_key: maybeText,
  object_id: maybeText,
  latency_ms: maybeFigure,
  times: figure,
  settled_by: z.enum(["answer", "reconciler", "person"]).nullable(),
  settled_reason: maybeText,
  over_hold_micros: figure,
});

export const approvalInfo: z.ZodType<ApprovalInfo> = answerOf({
  id: text,
  status: z.enum(["pending", "approved", "denied", "used", "expired"]),
  cause: z.enum(["amount", "budget"]),
  vault_key_id: text,
  vault_key_name: text,
  vendor: text,
  account: text,
  simulate: z.boolean(),
  operation: text,
  method: text,
  path: text,
  amount_minor: maybeFigure,
  currency: maybeText,
  usd: figure,
  customer: maybeText,
  parameters: z.record(text, text),
  run_id: maybeText,
  agent: maybeText,
  conversation_id: maybeText,
  turn: maybeText,
  call_id: text,
  asked_at: text,
  expires_at: text,
  decided_at: maybeText,
  decided_by: maybeText,
  decided_reason: maybeText,
  used_by: maybeText,
});

const reconciledCall: z.ZodType<ReconciledCall> = answerOf({
  call_id: text,
  operation: maybeText,
  vendor: text,
  account: text,
  state: z.enum(["unknown", "awaiting"]),
  usd: figure,
  outcome: z.enum(["posted", "voided", "waiting", "unsettled", "superseded"]),
  reason: maybeText,
});

export const reconciled: z.ZodType<{ readonly data: readonly ReconciledCall[] }> = answerOf({
  data: z.array(reconciledCall),
});

const alertType = z.enum([
  "budget.threshold",
  "vault_key.refusals",
  "vault_key.retry_storm",
  "vault_key.revoked",
  "call.unknown",
  "call.over_hold",
  "approval.requested",
  "approval.resolved",
]);

const target = {
  id: text,
  kind: z.enum(["webhook", "slack"]),
  name: text,
  host: maybeText,
  types: z.array(alertType).nullable(),
  created_at: text,
  declared: z.boolean(),
  dropped: figure,
};

export const alertTarget: z.ZodType<AlertTargetInfo> = answerOf(target);
export const createdAlertTarget: z.ZodType<CreatedAlertTarget> = answerOf({ ...target, secret: maybeText });

export const alertDelivery: z.ZodType<AlertDelivery> = answerOf({
  alert_id: text,
  target_id: text,
  type: z.union([alertType, z.literal("test")]),
  state: z.enum(["pending", "delivered", "failed"]),
  attempts: figure,
  status: maybeFigure,
  error: maybeText,
  summary: text,
  created_at: text,
  due_at: maybeText,
  ended_at: maybeText,
});

function pageOf<T>(item: z.ZodType<T>): z.ZodType<Page<T>> {
  return answerOf({ data: z.array(item), next_cursor: maybeText });
}

export const vaultKeyPage = pageOf(vaultKeyInfo);
export const budgetPage = pageOf(budgetInfo);
export const approvalPage = pageOf(approvalInfo);
export const auditPage = pageOf(auditRow);
export const alertTargetPage = pageOf(alertTarget);
export const alertDeliveryPage = pageOf(alertDelivery);
