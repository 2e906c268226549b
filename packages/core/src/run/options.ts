import type { ToolName } from "../tools/tools.ts";
import type { FetchLike, Runtime } from "../wire/environment.ts";
import type { Run } from "./run.ts";

/** What the tool functions of every adapter take. */
export interface AdapterOptions<N extends ToolName = ToolName> {
  /** `vk_live_…`, `vk_test_…` or `vk_sim_…`; never Stripe's own key. Not looked at in simulate mode. */
  readonly vaultKey: string;
  /** Share one run among the tool sets of an agent run; made up when absent. */
  readonly run?: Run | undefined;
  /** The proxy's root; falls back to KEYBRAKE_PROXY_URL. */
  readonly proxyUrl?: string | undefined;
  /** For the run that is made up; with `run`, it must be that run's. */
  readonly runId?: string | undefined;
  /** Who calls, for the audit log; falls back to the run's. */
  readonly agent?: string | undefined;
  readonly conversationId?: string | undefined;
  /** `simulate`: no network at all; same schemas, same outcomes, mock ids. Default `live`. */
  readonly mode?: "live" | "simulate" | undefined;
  /** `business`: a billing period or reference names the act across runs. Default `run`. */
  readonly idempotency?: "run" | "business" | undefined;
  readonly fetch?: FetchLike | undefined;
  /** For one call with all its retries. Default 80 000. */
  readonly timeoutMs?: number | undefined;
  /** Most different money-moving acts of the run. */
  readonly maxWrites?: number | undefined;
  /** Only these tools. */
  readonly only?: readonly N[] | undefined;
  /** The world, for tests: sleeping and randomness. */
  readonly runtime?: Partial<Runtime> | undefined;
}

export interface ToolsetOptions<N extends ToolName = ToolName> extends AdapterOptions<N> {
  /**
   * For frameworks without an approval of their own: asked before every money-moving call. True makes the
   * tool answer `approval_required` until it is called with `approved: true` in its context. If it throws,
   * approval is required.
   */
  readonly requireApproval?:
    | ((input: Readonly<Record<string, unknown>>, tool: ToolName) => boolean | Promise<boolean>)
    | undefined;
}

/** What a framework knows of one call. */
export interface ToolContext {
  readonly signal?: AbortSignal | undefined;
  /** The turn of the conversation, for the audit log. */
  readonly turn?: string | number | undefined;
  /** Used when neither options nor run name one; the same holds for `agent`. */
  readonly conversationId?: string | undefined;
  readonly agent?: string | undefined;
  /** A person agreed to exactly this call. */
  readonly approved?: boolean | undefined;
}
