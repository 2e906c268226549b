import { redactSecrets } from "@keybrake/core";

/** What a request does, in the words of the audit: `vault-keys.revoke` of a target. */
export interface Action {
  readonly action: string;
  /** From the path; what is made has its id in the answer. */
  readonly target: string | null;
}

const ALONE: Readonly<Record<string, string>> = { stop: "stops.create", reconcile: "reconcile.run" };
const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  PATCH: "update",
  PUT: "update",
  DELETE: "remove",
};

/** Null for what changes nothing. */
export function actionOf(method: string, path: string): Action | null {
  const [resource = "", target = null, verb] = path
    .split("/")
    .filter((part) => part !== "")
    .slice(1);
  // Whoever has it has everything.
  if (method === "GET" && resource === "backup") return { action: "backup.make", target: null };
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return null;
  const alone = target === null ? ALONE[resource] : undefined;
  const action = alone ?? `${resource}.${verb ?? VERBS[method] ?? method.toLowerCase()}`;
  return { action: shown(action), target: target === null ? null : shown(decode(target)) };
}

/** Fields of requests that say what was wanted. What is not named is not kept: some hold secrets. */
const KEPT = [
  ...["name", "role", "scope", "daily_usd_cap", "usd_cap", "window", "parent", "budget", "budgets"],
  ...["allowed_operations", "max_usd_per_call", "expires_in_seconds", "overlap_seconds", "keys_per_hour"],
  ...["agent", "labels", "reason", "outcome", "usd", "dry_run", "simulate", "kind"],
] as const;

const DETAIL_LENGTH = 4000;

/** What was asked for, as JSON; null when nothing of it is kept. */
export function detailOf(body: unknown): string | null {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  const asked = body as Readonly<Record<string, unknown>>;
  const kept = KEPT.filter((name) => Object.hasOwn(asked, name)).map((name) => [name, asked[name]]);
  return kept.length === 0 ? null : shown(JSON.stringify(Object.fromEntries(kept)), DETAIL_LENGTH);
}

/** The id or the name of what an answer made, and the code of an error. */
export function answerOf(body: unknown): { readonly target: string | null; readonly code: string | null } {
  if (typeof body !== "object" || body === null) return { target: null, code: null };
  const { id, name, error } = body as { id?: unknown; name?: unknown; error?: { code?: unknown } };
  const made = [id, name].find((text) => typeof text === "string") as string | undefined;
  const code = typeof error?.code === "string" ? error.code : null;
  return { target: made === undefined ? null : shown(made), code };
}

function shown(text: string, length = 200): string {
  return redactSecrets(text).slice(0, length);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
