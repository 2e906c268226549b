import { type SentRequest, type Stack, startStack } from "@keybrake/contract";
import type { CreateVaultKeyInput, FetchLike } from "@keybrake/core";

/** A customer that the emulator has from the start. */
export const ALICE = "cus_demo_alice";

export interface StripeCharge {
  readonly id: string;
  readonly amount: number;
}

/** The whole path, the keys of a test, and a note of what its tools sent. */
export interface Desk {
  readonly stack: Stack;
  /** What the tools sent to the proxy, real requests all of them. */
  readonly sent: SentRequest[];
  /** Options for tools with a key of their own; a $100 billing key when nothing is said. */
  readonly options: (policy?: Partial<CreateVaultKeyInput>) => Promise<{
    readonly vaultKey: string;
    readonly proxyUrl: string;
    readonly fetch: FetchLike;
    readonly runtime: { readonly sleep: () => Promise<void> };
  }>;
  /** What was really charged, by Stripe's own account, oldest first. */
  readonly charges: () => Promise<readonly StripeCharge[]>;
  /** Forgets charges and requests. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openDesk(): Promise<Desk> {
  const stack = await startStack();
  const sent: SentRequest[] = [];
  const recorded: FetchLike = (url, init) => {
    const { method, headers, body = "" } = init;
    sent.push({ method, path: new URL(url).pathname, headers, body });
    return fetch(url, init);
  };
  return {
    stack,
    sent,
    options: async (policy = {}) => {
      const base = { name: "test", role: "billing" as const, daily_usd_cap: 100 };
      const { vault_key: vaultKey } = await stack.admin.vaultKeys.create({ ...base, ...policy });
      return { vaultKey, proxyUrl: stack.url, fetch: recorded, runtime: { sleep: async () => {} } };
    },
    charges: async () => {
      const headers = { authorization: `Bearer ${stack.credential}` };
      const answer = await fetch(`${stack.emulator.url}/v1/charges?limit=100`, { headers });
      return ((await answer.json()) as { data: StripeCharge[] }).data.reverse();
    },
    reset: async () => {
      await stack.control.reset();
      sent.length = 0;
    },
    close: async () => stack[Symbol.asyncDispose](),
  };
}
