import type { CreateVaultKeyInput } from "@keybrake/core";
import { type Stack, startStack } from "./stack.ts";

/** The whole path on real sockets, and the options of tool sets that use it. */
export interface Workbench extends AsyncDisposable {
  readonly stack: Stack;
  /** Options of a tool set under a key of its own; a $100 billing key unless said otherwise. */
  readonly options: (policy?: Partial<CreateVaultKeyInput>) => Promise<{
    readonly vaultKey: string;
    readonly proxyUrl: string;
    /** What reached the proxy under this key, oldest first. */
    readonly rows: () => ReturnType<Stack["auditRows"]>;
  }>;
}

/** A stack for the tests of an adapter. */
export async function startWorkbench(): Promise<Workbench> {
  const stack = await startStack();
  return {
    stack,
    options: async (policy = {}) => {
      const base = { name: "test", role: "billing" as const, daily_usd_cap: 100 };
      const issued = await stack.admin.vaultKeys.create({ ...base, ...policy });
      const rows = () => stack.auditRows({ vault_key_id: issued.id });
      return { vaultKey: issued.vault_key, proxyUrl: stack.url, rows };
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}
