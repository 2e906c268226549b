import {
  createToolset,
  type FetchLike,
  ROLE_NAMES,
  ROLES,
  type Run,
  TOOLS,
  type ToolName,
  type Toolset,
} from "@keybrake/core";
import type { McpDependencies } from "./dependencies.ts";

/** Never looked up: the calls do not leave this process. (RFC 2606, section 2.) */
const HERE = "http://keybrake.invalid";

/** The `fetch` of tools that run inside the proxy: their calls go the way of every call, without a socket. */
function inProcess(call: McpDependencies["call"], remoteAddress: string): FetchLike {
  return async (url, { method, headers, body = "" }) => {
    const answer = await call({ method, target: url.slice(HERE.length), headers, body, remoteAddress });
    return {
      status: answer.status,
      headers: { get: (name) => answer.headers[name.toLowerCase()] ?? null },
      text: async () => answer.body,
    };
  };
}

/** Whose calls the tools make. */
export interface KeyHolder {
  /** The key itself: it authenticates every call of the tools anew. */
  readonly vaultKeySecret: string;
  /** Whether the key's policy allows an operation. */
  readonly allows: (operation: string) => boolean;
  readonly run: Run;
  readonly remoteAddress: string;
}

/**
 * Exactly the tools whose operations the policy allows, whatever role they belong to: what the client cannot
 * do it does not see. Throws `KeybrakeError` (`invalid_options`) when the run's id holds the key.
 */
export function policyTools(holder: KeyHolder, call: McpDependencies["call"]): readonly Toolset[] {
  const { vaultKeySecret, allows, run, remoteAddress } = holder;
  const fetch = inProcess(call, remoteAddress);
  const allowed = (name: ToolName) => TOOLS[name].operations.every(allows);
  const seen = new Set<ToolName>();
  return ROLE_NAMES.map((role) => {
    const only = ROLES[role].filter((name: ToolName) => allowed(name) && !seen.has(name));
    for (const name of only) seen.add(name);
    return createToolset(role, {
      vaultKey: vaultKeySecret,
      run,
      proxyUrl: HERE,
      fetch,
      only,
    }) as unknown as Toolset;
  });
}
