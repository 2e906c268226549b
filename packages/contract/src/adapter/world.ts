import {
  type AuditFilter,
  type AuditRow,
  type CreateVaultKeyInput,
  createToolset,
  type FetchLike,
  type Role,
  type Toolset,
  type ToolsetOptions,
} from "@keybrake/core";
import type { Summary } from "@keybrake/stripe-emulator";
import type { Stack } from "../stack/stack.ts";
import type { AdapterUnderTest, AgentRequest, AgentResult, AgentSpec, ScriptedAgent } from "./types.ts";

/** A vault key as a scenario holds it. */
export interface HeldKey {
  readonly id: string;
  readonly secret: string;
}

/** A request that a tool sent to the proxy. */
export interface SentRequest {
  readonly method: string;
  /** `/stripe/v1/charges` … */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a scenario plays in: the whole path, an adapter's agents, and a note of what its tools sent. */
export interface World {
  readonly stack: Stack;
  /** Issues a key; a $100 billing key when nothing is said. */
  readonly issue: (policy?: Partial<CreateVaultKeyInput>) => Promise<HeldKey>;
  readonly revoke: (key: HeldKey) => Promise<void>;
  /** Tools of a role with a key, over real HTTP; the pauses between retries are short. */
  readonly toolset: <R extends Role>(
    role: R,
    key: HeldKey,
    options?: Omit<ToolsetOptions, "vaultKey" | "proxyUrl">,
  ) => Toolset;
  /** The adapter's agents: the first is asked first. */
  readonly agent: (...agents: readonly [AgentSpec, ...AgentSpec[]]) => ScriptedAgent;
  /** Makes one agent and runs it once. */
  readonly run: (
    spec: Omit<AgentSpec, "name"> & { readonly name?: string },
    request?: Partial<AgentRequest>,
  ) => Promise<AgentResult>;
  /** What the tools sent to the proxy so far. */
  readonly sent: readonly SentRequest[];
  /** What Stripe executed. */
  readonly books: () => Promise<Summary>;
  /** Requests that reached Stripe. */
  readonly stripeRequests: () => Promise<number>;
  readonly rows: (filter?: AuditFilter) => Promise<readonly AuditRow[]>;
  /** The answers to the next charges are lost after Stripe executed them. */
  readonly loseAnswers: (times: number) => Promise<void>;
  /** Keeps the proxy's answers from the tools until this has happened. */
  readonly holdAnswersUntil: (happening: () => Promise<void>) => Promise<void>;
  /** Resolves when it is true; fails after ten seconds. */
  readonly until: (condition: () => boolean | Promise<boolean>) => Promise<void>;
  /** Every secret of this world, with the name of what it is. */
  readonly secrets: () => ReadonlyMap<string, string>;
  /** Everything that frameworks kept or showed, of all runs so far. */
  readonly traces: readonly unknown[];
}

const PROMPT = "Do what the accounts need.";
/** Long enough to let others run, short enough for a suite. */
const PAUSE_MS = 3;

async function becomesTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("it did not come true in ten seconds");
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

export function createWorld(stack: Stack, adapter: AdapterUnderTest): World {
  const sent: SentRequest[] = [];
  const traces: unknown[] = [];
  const secrets = new Map([
    [stack.credential, "the Stripe key"],
    [stack.adminKey, "the admin key"],
  ]);
  let held: Promise<void> = Promise.resolve();
  const recordedFetch: FetchLike = async (url, init) => {
    const { method, headers, body = "" } = init;
    sent.push({ method, path: new URL(url).pathname, headers, body });
    const answer = await fetch(url, init);
    await held;
    return answer;
  };

  function agent(...agents: readonly [AgentSpec, ...AgentSpec[]]): ScriptedAgent {
    const made = adapter.makeAgent(agents);
    return {
      run: async (request) => {
        const result = await made.run(request);
        traces.push(result.toolTexts, result.text, result.error, result.history, ...result.traces);
        return result;
      },
    };
  }

  const world: World = {
    stack,
    issue: async (policy = {}) => {
      const base = { name: "contract", role: "billing" as const, daily_usd_cap: 100 };
      const { id, vault_key: secret } = await stack.admin.vaultKeys.create({ ...base, ...policy });
      secrets.set(secret, `the vault key ${id}`);
      return { id, secret };
    },
    revoke: async ({ id }) => {
      await stack.admin.vaultKeys.revoke(id);
    },
    toolset: (role, key, options = {}) =>
      createToolset(role, {
        vaultKey: key.secret,
        proxyUrl: stack.url,
        fetch: recordedFetch,
        runtime: { sleep: () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS)) },
        ...(options as object),
      }) as unknown as Toolset,
    agent,
    run: (spec, request = {}) => agent({ name: "billing", ...spec }).run({ prompt: PROMPT, ...request }),
    sent,
    books: () => stack.control.summary(),
    stripeRequests: async () => (await stack.control.requests()).total,
    rows: (filter) => stack.auditRows(filter),
    loseAnswers: async (times) => {
      await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times });
    },
    holdAnswersUntil: async (happening) => {
      // Released a moment later, so that whoever listens to what happened is first.
      held = happening().then(() => new Promise((resolve) => setTimeout(resolve, PAUSE_MS)));
      await held;
    },
    until: becomesTrue,
    secrets: () => secrets,
    traces,
  };
  return world;
}
