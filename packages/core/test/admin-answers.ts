import type { AuditRow, BudgetInfo, IssuedVaultKey, VaultKeyInfo } from "../src/index.ts";

const policy = {
  allowed_operations: ["charges.create"],
  daily_usd_cap: 500,
  budgets: [],
  max_usd_per_call: null,
  currencies: null,
  customers: null,
  stripe_accounts: [],
  max_calls: null,
  rate_per_minute: null,
  simulate: false,
  assume_usd: {},
  allow_raw_cards: false,
  unpaid_intents: "window",
  dedupe: "auto",
  act_window: "24h",
  act_includes: [],
  enforcement: "enforce",
  cap_status: 429,
  approval: { above_usd: 100, ask_at: null, operations: ["charges.create"], expires_in: "24h" },
  bind: null,
  may_delegate: null,
} as const;

const issued: Omit<IssuedVaultKey, "vault_key"> = {
  id: "vk_1",
  name: "run-1",
  role: "billing",
  policy,
  expires_at: "2026-01-01T00:00:00Z",
};

const vaultKey: VaultKeyInfo = {
  ...issued,
  ...{ vendor: "stripe", account: "default", status: "revoked", labels: { team: "a" }, parent_id: null },
  ...{ created_at: "2025-12-31T00:00:00Z", revoked_at: "2025-12-31T12:00:00Z", paused_at: null },
  ...{ spent: 0, held: 0, remaining: null, calls: 0 },
};

const budget: BudgetInfo = {
  ...{ name: "team", usd_cap: 10, window: "24h", daily_usd_cap: 10, parent: null },
  ...{ created_at: "2025-12-31T00:00:00Z", spent: 0, held: 0, remaining: 10 },
};

const row: AuditRow = {
  ...{ call_id: "call_1", at: "2025-12-31T00:00:00Z", vendor: "stripe", account: "default", simulate: false },
  ...{ vault_key_id: "vk_1", vault_key_name: "run-1", role: "billing", labels: {} },
  ...{ run_id: null, agent: null, conversation_id: null, turn: null, traceparent: null },
  ...{ operation: "charges.create", method: "POST", path: "/v1/charges", idempotency_key: null },
  ...{ decision: "allowed", code: null, amount_minor: 100, currency: "usd", usd_micros: 1e6, usd_cents: 100 },
  moved_usd: 1,
  customer: null,
  would_code: null,
  ...{ state: "posted", status: 200, upstream_request_id: "req_1", upstream_idempotency_key: "k" },
  ...{ object_id: "ch_1", latency_ms: 12, times: 1, settled_by: "answer", settled_reason: null },
  over_hold_micros: 0,
};

/** What the proxy's admin API answers, with nothing left out but the key itself. */
export const ADMIN_ANSWERS = { issued, vaultKey, budget, row };
