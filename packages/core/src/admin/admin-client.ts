import type { z } from "zod";
import { checkBearer } from "../wire/credentials.ts";
import { type FetchLike, type Runtime, SYSTEM_FETCH, SYSTEM_RUNTIME } from "../wire/environment.ts";
import { resolveProxyUrl } from "../wire/proxy-url.ts";
import { type AdminKeys, adminKeysOf } from "./admin-keys.ts";
import { type AdminSend, makeAdminSend } from "./admin-request.ts";
import type {
  BudgetInfo,
  CreateBudgetInput,
  CreateVaultKeyInput,
  Page,
  PageQuery,
  ReconciledCall,
  SettleCallInput,
  UpdateBudgetInput,
} from "./admin-types.ts";
import type {
  AlertDelivery,
  AlertTargetInfo,
  CreateAlertTargetInput,
  CreatedAlertTarget,
} from "./alert-types.ts";
import {
  alertDelivery,
  alertDeliveryPage,
  alertTarget,
  alertTargetPage,
  auditPage,
  auditRow,
  budgetInfo,
  budgetPage,
  createdAlertTarget,
  meInfo,
  reconciled,
  roleList,
  spendInfo,
  stopInfo,
  stopList,
} from "./answers.ts";
import { type ApprovalsClient, approvalsOf } from "./approvals-client.ts";
import { auditQuery } from "./audit-query.ts";
import type { AuditFilter, AuditRow } from "./audit-types.ts";
import { makeLease, type VaultKeyLease } from "./lease.ts";
import type { MeInfo, RoleInfo } from "./me-types.ts";
import { segment } from "./segment.ts";
import type { SpendGrouping, SpendInfo, SpendSpan } from "./spend-types.ts";
import type { StopInfo, StopInput } from "./stop-types.ts";
import { type VaultKeys, vaultKeysOf } from "./vault-keys.ts";

export interface AdminClientOptions {
  /** The proxy's root; falls back to KEYBRAKE_PROXY_URL. */
  readonly proxyUrl?: string | undefined;
  /** The proxy's KEYBRAKE_ADMIN_KEY. Never give it to an agent. */
  readonly adminKey: string;
  readonly fetch?: FetchLike | undefined;
  /** For one request with its retries. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  readonly runtime?: Partial<Runtime> | undefined;
}

/** Every method talks to the proxy and throws `KeybrakeError` with the code that it answered. */
export interface AdminClient {
  /** Whose admin key this is, and what the proxy holds. */
  readonly me: () => Promise<MeInfo>;
  /** The roles that a vault key can have. */
  readonly roles: () => Promise<{ readonly data: readonly RoleInfo[] }>;
  /** What moved, is held and was refused over time; by key, in the last 24 hours, unless told; by run in 7 days at most. */
  readonly spend: (query?: {
    readonly by?: SpendGrouping | undefined;
    readonly span?: SpendSpan | undefined;
  }) => Promise<SpendInfo>;
  readonly vaultKeys: VaultKeys;
  readonly adminKeys: AdminKeys;
  readonly stops: {
    /**
     * Refuses calls, of all keys or by what they have in common: obeyed by every later call, on every replica, until it
     * is lifted. The same again is the same stop.
     */
    readonly create: (input?: StopInput) => Promise<StopInfo>;
    /** Those that stand, oldest first. */
    readonly list: () => Promise<{ readonly data: readonly StopInfo[] }>;
    /** What no other stop and no pause speaks against goes on. */
    readonly lift: (id: string) => Promise<StopInfo>;
  };
  readonly budgets: {
    /** Sent once: after a `network_error` look in `get` before trying again. */
    readonly create: (input: CreateBudgetInput) => Promise<BudgetInfo>;
    readonly get: (name: string) => Promise<BudgetInfo>;
    /** By name. */
    readonly list: (page?: PageQuery) => Promise<Page<BudgetInfo>>;
    /** Changes the cap; the next call obeys it. */
    readonly update: (name: string, input: UpdateBudgetInput) => Promise<BudgetInfo>;
  };
  readonly approvals: ApprovalsClient;
  readonly audit: {
    /** One page, newest first. */
    readonly list: (filter?: AuditFilter & PageQuery) => Promise<Page<AuditRow>>;
    /** Every row that matches, newest first, page after page. */
    readonly iterate: (
      filter?: AuditFilter & { limit?: number | undefined },
    ) => AsyncGenerator<AuditRow, void, void>;
  };
  readonly alerts: {
    /** Sent once: after a `network_error` look in `list` before trying again. */
    readonly create: (input: CreateAlertTargetInput) => Promise<CreatedAlertTarget>;
    /** All of them, oldest first. */
    readonly list: () => Promise<Page<AlertTargetInfo>>;
    /** With its deliveries. */
    readonly remove: (id: string) => Promise<AlertTargetInfo>;
    /** Sends a test, and says what became of it. */
    readonly test: (id: string) => Promise<AlertDelivery>;
    /** Newest first, of one target or of all. */
    readonly deliveries: (
      filter?: { readonly target_id?: string | undefined } & PageQuery,
    ) => Promise<Page<AlertDelivery>>;
  };
  readonly calls: {
    /** One call by its id. */
    readonly get: (id: string) => Promise<AuditRow>;
    /** Settles an unknown or awaiting call by hand: `call_already_settled` and `call_in_flight` refuse it. */
    readonly settle: (id: string, input: SettleCallInput) => Promise<AuditRow>;
  };
  /**
   * Looks up what became of unknown and awaiting calls, and settles what is found out, unless it is a `dry_run`.
   * Reads at the vendor, and never sends a call again.
   */
  readonly reconcile: (input?: { readonly dry_run?: boolean | undefined }) => Promise<{
    readonly data: readonly ReconciledCall[];
  }>;
  /** A key that is revoked at the end of the scope (`await using`). */
  readonly leaseVaultKey: (input: CreateVaultKeyInput) => Promise<VaultKeyLease>;
}

const ADMIN_TIMEOUT_MS = 30_000;

function auditOf(send: AdminSend): AdminClient["audit"] {
  const list = ({ limit, cursor, ...filter }: AuditFilter & PageQuery = {}) =>
    send({
      method: "GET",
      path: "/admin/audit",
      query: { ...auditQuery(filter), limit, cursor },
      repeatable: true,
      answer: auditPage,
    });
  async function* iterate(filter: AuditFilter & { limit?: number | undefined } = {}) {
    let cursor: string | undefined;
    do {
      const page: Page<AuditRow> = await list({ ...filter, cursor });
      yield* page.data;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }
  return { list, iterate };
}

function alertsOf(send: AdminSend): AdminClient["alerts"] {
  const path = "/admin/alerts";
  return {
    create: (body) => send({ method: "POST", path, body, repeatable: false, answer: createdAlertTarget }),
    list: () => send({ method: "GET", path, repeatable: true, answer: alertTargetPage }),
    remove: async (id) =>
      send({ method: "DELETE", path: `${path}/${segment(id)}`, repeatable: false, answer: alertTarget }),
    test: async (id) =>
      send({ method: "POST", path: `${path}/${segment(id)}/test`, repeatable: false, answer: alertDelivery }),
    deliveries: (query = {}) =>
      send({ method: "GET", path: `${path}/deliveries`, query, repeatable: true, answer: alertDeliveryPage }),
  };
}

function stopsOf(send: AdminSend): AdminClient["stops"] {
  return {
    create: (body = {}) =>
      send({ method: "POST", path: "/admin/stop", body, repeatable: true, answer: stopInfo }),
    list: () => send({ method: "GET", path: "/admin/stops", repeatable: true, answer: stopList }),
    lift: async (id) =>
      send({
        ...{ method: "POST", path: `/admin/stops/${segment(id)}/resume` },
        ...{ repeatable: false, answer: stopInfo },
      }),
  };
}

/**
 * The proxy's admin API. For operators and provisioning services, never for agents.
 *
 * @example
 * const admin = createAdminClient({ proxyUrl, adminKey });
 * await using lease = await admin.leaseVaultKey({ name: "run-42", role: "billing", daily_usd_cap: 500 });
 */
export function createAdminClient(options: AdminClientOptions): AdminClient {
  const send = makeAdminSend({
    proxyUrl: resolveProxyUrl(options.proxyUrl),
    bearer: checkBearer(options.adminKey, "adminKey"),
    fetch: options.fetch ?? SYSTEM_FETCH,
    runtime: { ...SYSTEM_RUNTIME, ...options.runtime },
    timeoutMs: options.timeoutMs ?? ADMIN_TIMEOUT_MS,
  });
  const budgetPath = (name: string) => `/admin/budgets/${segment(name)}`;
  const get = <T>(answer: z.ZodType<T>, path: string, query: object = {}) =>
    send({ method: "GET", path, query, repeatable: true, answer });
  const vaultKeys = vaultKeysOf(send);
  return {
    me: () => get(meInfo, "/admin/me"),
    roles: () => get(roleList, "/admin/roles"),
    spend: (query) => get(spendInfo, "/admin/spend", query),
    vaultKeys,
    adminKeys: adminKeysOf(send),
    stops: stopsOf(send),
    budgets: {
      create: (body) =>
        send({ method: "POST", path: "/admin/budgets", body, repeatable: false, answer: budgetInfo }),
      get: async (name) => get(budgetInfo, budgetPath(name)),
      list: (page) => get(budgetPage, "/admin/budgets", page),
      update: async (name, body) =>
        send({ method: "PATCH", path: budgetPath(name), body, repeatable: true, answer: budgetInfo }),
    },
    approvals: approvalsOf(send),
    audit: auditOf(send),
    alerts: alertsOf(send),
    calls: {
      get: async (id) => get(auditRow, `/admin/calls/${segment(id)}`),
      settle: async (id, body) =>
        send({
          method: "POST",
          path: `/admin/calls/${segment(id)}/settle`,
          body,
          repeatable: false,
          answer: auditRow,
        }),
    },
    reconcile: (body = {}) =>
      send({ method: "POST", path: "/admin/reconcile", body, repeatable: true, answer: reconciled }),
    leaseVaultKey: async (input) => makeLease(await vaultKeys.create(input), vaultKeys.revoke),
  };
}
