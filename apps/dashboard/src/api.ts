import type {
  ApprovalInfo,
  AuditRow,
  BudgetInfo,
  CreateVaultKeyInput,
  IssuedVaultKey,
  MeInfo,
  Page,
  RoleInfo,
  RotatedVaultKey,
  SpendGrouping,
  SpendInfo,
  SpendSpan,
  StopInfo,
  StopInput,
  VaultKeyInfo,
} from "@keybrake/core";
import type { OpenApi } from "./policy-form/schema.ts";
import { Refused } from "./refused.ts";

/** Says that the request is this page's own: no form or link of another site can send it. */
const OWN = { "x-keybrake-dashboard": "1" };

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly param?: string };
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(`/app/${path}`, { ...init, headers: { ...OWN, ...init.headers } }).catch(
    () => null,
  );
  if (answer === null) throw new Refused("unreachable", "The proxy does not answer. Is it running?");
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => ({}))) as ErrorBody;
  const { code = "failed", message = `The proxy answered ${answer.status}.`, param } = body.error ?? {};
  throw new Refused(code, message, param ?? null);
}

const json = (body: object, method = "POST"): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

const get = async <T>(path: string): Promise<T> => (await ask(`api/${path}`)).json();
const send = async <T>(path: string, body: object, method = "POST"): Promise<T> =>
  (await ask(`api/${path}`, json(body, method))).json();

const segment = encodeURIComponent;

/** By what one may sign in beside an admin key. */
export async function waysIn(): Promise<{ readonly oidc: { readonly issuer: string } | null }> {
  return (await ask("session")).json();
}

export async function signIn(adminKey: string): Promise<void> {
  await ask("session", json({ admin_key: adminKey }));
}

export async function signOut(): Promise<void> {
  await ask("session", { method: "DELETE" });
}

export const getMe = () => get<MeInfo>("me");
export const listRoles = () => get<{ readonly data: readonly RoleInfo[] }>("roles");
export const getOpenApi = () => get<OpenApi>("openapi.json");

/** As many as one page has: who has more looks for them by name with the command. */
export const KEYS_SHOWN = 1000;
export const listKeys = () => get<Page<VaultKeyInfo>>(`vault-keys?limit=${KEYS_SHOWN}`);
export const getKey = (id: string) => get<VaultKeyInfo>(`vault-keys/${segment(id)}`);
/** The answer shows the key, once. */
export const createKey = (input: CreateVaultKeyInput) => send<IssuedVaultKey>("vault-keys", input);
export const capKey = (id: string, dailyUsdCap: number) =>
  send<VaultKeyInfo>(`vault-keys/${segment(id)}`, { daily_usd_cap: dailyUsdCap }, "PATCH");
/** Obeyed by every later call, once this has resolved. */
export const haltKey = (id: string, verb: "revoke" | "pause" | "resume") =>
  send<VaultKeyInfo>(`vault-keys/${segment(id)}/${verb}`, {});
/** The answer shows the new secret, once. */
export const rotateKey = (id: string, overlapSeconds: number) =>
  send<RotatedVaultKey>(`vault-keys/${segment(id)}/rotate`, { overlap_seconds: overlapSeconds });

export const listApprovals = (query: string) => get<Page<ApprovalInfo>>(`approvals?${query}`);
export const answerApproval = (id: string, said: "approve" | "deny", reason: string) =>
  send<ApprovalInfo>(`approvals/${segment(id)}/${said}`, reason === "" ? {} : { reason });

export const getSpend = (by: SpendGrouping, span: SpendSpan) => get<SpendInfo>(`spend?by=${by}&span=${span}`);

export const listBudgets = () => get<Page<BudgetInfo>>("budgets?limit=1000");
export const createBudget = (budget: object) => send<BudgetInfo>("budgets", budget);
export const capBudget = (name: string, usdCap: number) =>
  send<BudgetInfo>(`budgets/${segment(name)}`, { usd_cap: usdCap }, "PATCH");

export const listStops = () => get<{ readonly data: readonly StopInfo[] }>("stops");
export const stop = (input: StopInput) => send<StopInfo>("stop", input);
export const liftStop = (id: string) => send<StopInfo>(`stops/${segment(id)}/resume`, {});

/** `query` as `GET /admin/audit` has it. */
export const listCalls = (query: URLSearchParams) => get<Page<AuditRow>>(`audit?${query}`);

/** Calls `onRow` with each call as it is answered, and `onState` as the connection comes and goes. */
export function followCalls(
  query: URLSearchParams,
  onRow: (row: AuditRow) => void,
  onState: (isOpen: boolean) => void,
): () => void {
  const source = new EventSource(`/app/api/audit/stream?${query}`);
  source.onopen = () => onState(true);
  // It connects again by itself.
  source.onerror = () => onState(false);
  source.addEventListener("call", ({ data }) => onRow(JSON.parse(data) as AuditRow));
  return () => source.close();
}
