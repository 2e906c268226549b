import type { AdminScope } from "@keybrake/ledger";

/** What a request is for, as far as its path tells: the parts behind `/admin/`. */
interface Asked {
  readonly method: string;
  readonly path: readonly string[];
}

type Rule = (asked: Asked) => boolean;

/** Changes nothing and shows no more than figures and names. A backup has everything in it. */
const reads: Rule = ({ method, path: [resource] }) =>
  (method === "GET" || method === "HEAD") && resource !== "backup";

const isOne =
  (method: string, resource: string, verbs: readonly (string | undefined)[]): Rule =>
  (asked) =>
    asked.method === method &&
    asked.path[0] === resource &&
    asked.path.length <= 3 &&
    verbs.includes(asked.path[2]) &&
    (asked.path[2] === undefined || asked.path[1] !== undefined);

/** Stops, pauses, answers and sets limits; issues nothing, and sees no secret. */
const operates: readonly Rule[] = [
  reads,
  isOne("POST", "vault-keys", ["revoke", "pause", "resume"]),
  ({ method, path }) => method === "POST" && path.length === 1 && path[0] === "stop",
  isOne("POST", "stops", ["resume"]),
  isOne("POST", "approvals", ["approve", "deny"]),
  ({ method, path }) => method === "POST" && path.length === 1 && path[0] === "budgets",
  ({ method, path }) =>
    method === "PATCH" && path.length === 2 && (path[0] === "budgets" || path[0] === "vault-keys"),
  ({ method, path }) => method === "POST" && path.length === 1 && path[0] === "reconcile",
];

/** Issues, and looks at, ends and rotates what it has issued itself (`OWN`). */
const issues: readonly Rule[] = [
  ({ method, path }) => method === "POST" && path.length === 1 && path[0] === "vault-keys",
];

const RULES: Readonly<Record<AdminScope, readonly Rule[]>> = {
  admin: [() => true],
  operator: operates,
  issuer: issues,
  auditor: [reads],
};

/** What an issuer may ask of the keys that it has issued, and of no other. */
const OWN: readonly Rule[] = [
  ({ method, path }) => method === "GET" && path.length === 2 && path[0] === "vault-keys",
  isOne("POST", "vault-keys", ["revoke", "pause", "resume", "rotate"]),
];

/** What an admin key of a scope may ask: default deny. `own`: only of vault keys that it has issued. */
export function mayAsk(scope: AdminScope, method: string, path: string): "yes" | "own" | "no" {
  const asked = { method, path: path.split("/").slice(2) };
  if (RULES[scope].some((rule) => rule(asked))) return "yes";
  return scope === "issuer" && OWN.some((rule) => rule(asked)) ? "own" : "no";
}
