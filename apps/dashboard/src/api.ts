import type { AuditRow, Page, VaultKeyInfo } from "@keybrake/core";

/** What the proxy said instead of an answer. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

/** Says that the request is this page's own: no form or link of another site can send it. */
const OWN = { "x-keybrake-dashboard": "1" };

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(`/app/${path}`, { ...init, headers: { ...OWN, ...init.headers } }).catch(
    () => null,
  );
  if (answer === null) throw new Refused("unreachable", "The proxy does not answer. Is it running?");
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => ({}))) as { error?: { code?: string; message?: string } };
  const { code = "failed", message = `The proxy answered ${answer.status}.` } = body.error ?? {};
  throw new Refused(code, message);
}

const json = (body: object): RequestInit => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json" },
});

export async function signIn(adminKey: string): Promise<void> {
  await ask("session", json({ admin_key: adminKey }));
}

export async function signOut(): Promise<void> {
  await ask("session", { method: "DELETE" });
}

export async function listKeys(): Promise<Page<VaultKeyInfo>> {
  return (await ask("api/vault-keys?limit=200")).json();
}

/** Every later call with the key is refused, once this has resolved. */
export async function revokeKey(id: string): Promise<VaultKeyInfo> {
  return (await ask(`api/vault-keys/${encodeURIComponent(id)}/revoke`, json({}))).json();
}

export async function listCalls(): Promise<Page<AuditRow>> {
  return (await ask("api/audit?limit=100")).json();
}

/** Calls `onRow` with each call as it is answered, and `onState` as the connection comes and goes. */
export function followCalls(onRow: (row: AuditRow) => void, onState: (isOpen: boolean) => void): () => void {
  const source = new EventSource("/app/api/audit/stream");
  source.onopen = () => onState(true);
  // It connects again by itself.
  source.onerror = () => onState(false);
  source.addEventListener("call", ({ data }) => onRow(JSON.parse(data) as AuditRow));
  return () => source.close();
}
