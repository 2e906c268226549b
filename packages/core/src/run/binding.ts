import { KeybrakeError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { StripeRequest } from "../tools/tool.ts";
import { checkVaultKey, scrub } from "../wire/credentials.ts";
import type { FetchLike, Runtime } from "../wire/environment.ts";
import { encodeForm } from "../wire/form.ts";
import { callHeaders } from "../wire/headers.ts";
import { resolveProxyUrl } from "../wire/proxy-url.ts";
import { type SendResult, send } from "../wire/send.ts";
import { checkAgentText, checkChoice } from "./checks.ts";
import type { ToolContext, ToolsetOptions } from "./options.ts";
import { type Run, type RunState, stateOf } from "./run.ts";

/** What a tool set is bound to: its run, its vault key and its proxy. The key lives in the closures of its functions alone. */
export interface Binding {
  readonly run: Run;
  readonly state: RunState;
  readonly simulate: boolean;
  /** The proxy's root; empty when simulated. Holds no credentials. */
  readonly proxyUrl: string;
  readonly idempotency: "run" | "business";
  readonly maxWrites: number | null;
  readonly requireApproval: ToolsetOptions["requireApproval"];
  /** Acts of one credential and one proxy are remembered apart from another's. */
  readonly actKey: (operation: string, canonical: string) => string;
  /** `body` and `idempotencyKey` are null for reads. */
  readonly send: (
    request: StripeRequest,
    write: { readonly body: string; readonly idempotencyKey: string } | null,
    context: ToolContext,
  ) => Promise<SendResult>;
  /** Masks the vault key wherever an upstream echoed it. */
  readonly scrub: <T>(value: T) => T;
}

/** The options with every default filled in. */
type ReadyOptions = Omit<ToolsetOptions, "fetch" | "runtime" | "timeoutMs" | "maxWrites"> & {
  readonly fetch: FetchLike;
  readonly runtime: Runtime;
  readonly timeoutMs: number;
  readonly maxWrites: number | null;
};

/** Checks the options and closes over the vault key. Throws `KeybrakeError`. */
export function makeBinding(run: Run, options: ReadyOptions): Binding {
  checkChoice(options.mode, "mode", ["live", "simulate"]);
  checkChoice(options.idempotency, "idempotency", ["run", "business"]);
  const simulate = options.mode === "simulate";
  const vaultKeySecret = checkVaultKey(options.vaultKey, { required: !simulate });
  const proxyUrl = simulate ? "" : resolveProxyUrl(options.proxyUrl);
  const state = stateOf(run);
  const agent = options.agent === undefined ? run.agent : checkAgentText(options.agent, "agent");
  const conversationId =
    options.conversationId === undefined
      ? run.conversationId
      : checkAgentText(options.conversationId, "conversationId");
  if (
    !simulate &&
    [run.runId, agent, conversationId, proxyUrl].some((text) => text?.includes(vaultKeySecret) === true)
  ) {
    const message = "The vault key stands in runId, agent, conversationId or proxyUrl, which are logged.";
    throw new KeybrakeError({ code: "invalid_options", message });
  }
  const { fetch, runtime, timeoutMs } = options;
  return {
    run,
    state,
    simulate,
    proxyUrl,
    idempotency: options.idempotency ?? "run",
    maxWrites: options.maxWrites,
    requireApproval: options.requireApproval,
    actKey: (operation, canonical) => [simulate, proxyUrl, vaultKeySecret, operation, canonical].join("\n"),
    send: (request, write, context) => {
      const { method, path, params } = request;
      const query = write === null ? encodeForm(params) : "";
      const headers = callHeaders({
        vaultKeySecret,
        runId: run.runId,
        // What somebody chose to name goes before what a framework happens to know of the call.
        agent: agent ?? context.agent,
        conversationId: conversationId ?? context.conversationId,
        turn: context.turn,
        idempotencyKey: write?.idempotencyKey ?? null,
      });
      const url = `${proxyUrl}/stripe/v1${path}${query === "" ? "" : `?${query}`}`;
      return send(
        { method, url, headers, body: write?.body ?? null },
        { fetch, runtime, timeoutMs, signal: context.signal, tries: LIMITS.tries },
      );
    },
    scrub: (value) => scrub(value, simulate ? "" : vaultKeySecret),
  };
}
