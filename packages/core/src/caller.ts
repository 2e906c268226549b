import type { FetchLike, Runtime } from "./environment.ts";
import { KeybrakeError } from "./errors.ts";
import { encodeForm } from "./form.ts";
import { LIMITS } from "./limits.ts";
import type { ToolContext, ToolsetOptions } from "./options.ts";
import { checkAgentText, type Run, type RunState, stateOf } from "./run.ts";
import { checkVaultKey, resolveProxyUrl, scrub } from "./secret.ts";
import { type HttpRequest, type SendResult, send } from "./send.ts";
import { headerText } from "./text.ts";
import type { StripeRequest } from "./tool-spec.ts";

/** How a tool set's calls leave. The vault key lives in the closures of `send` and `scrub` alone. */
export interface Caller {
  readonly run: Run;
  readonly state: RunState;
  readonly simulate: boolean;
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

function checkChoice(value: unknown, name: string, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  throw new KeybrakeError({
    code: "invalid_options",
    message: `The option ${name} is one of: ${choices.join(", ")}.`,
  });
}

/** Text of a single call (turn, agent …): cut to what the proxy takes rather than refused. */
function contextText(text: string | number): string {
  return headerText(String(text)).slice(0, LIMITS.agentTextLength);
}

/** Checks the options and closes over the vault key. Throws `KeybrakeError`. */
export function makeCaller(run: Run, options: ReadyOptions): Caller {
  checkChoice(options.mode, "mode", ["live", "simulate"]);
  checkChoice(options.idempotency, "idempotency", ["run", "business"]);
  const simulate = options.mode === "simulate";
  const vaultKey = checkVaultKey(options.vaultKey, { required: !simulate });
  const proxyUrl = simulate ? "" : resolveProxyUrl(options.proxyUrl);
  const state = stateOf(run);
  const agent = options.agent === undefined ? run.agent : checkAgentText(options.agent, "agent");
  const conversationId =
    options.conversationId === undefined
      ? run.conversationId
      : checkAgentText(options.conversationId, "conversationId");
  if (
    !simulate &&
    [run.runId, agent, conversationId, proxyUrl].some((text) => text?.includes(vaultKey) === true)
  ) {
    const message = "The vault key stands in runId, agent, conversationId or proxyUrl, which are logged.";
    throw new KeybrakeError({ code: "invalid_options", message });
  }
  const { fetch, runtime, timeoutMs } = options;

  function headers(context: ToolContext, idempotencyKey: string | null): Record<string, string> {
    // What somebody chose to name goes before what a framework happens to know of the call.
    const conversation = conversationId ?? context.conversationId;
    const caller = agent ?? context.agent;
    return {
      authorization: `Bearer ${vaultKey}`,
      accept: "application/json",
      "x-agent-run-id": headerText(run.runId),
      ...(caller === undefined ? {} : { "x-agent-name": contextText(caller) }),
      ...(conversation === undefined ? {} : { "x-agent-conversation-id": contextText(conversation) }),
      ...(context.turn === undefined ? {} : { "x-agent-turn": contextText(context.turn) }),
      ...(idempotencyKey === null
        ? {}
        : { "idempotency-key": idempotencyKey, "content-type": "application/x-www-form-urlencoded" }),
    };
  }

  return {
    run,
    state,
    simulate,
    idempotency: options.idempotency ?? "run",
    maxWrites: options.maxWrites,
    requireApproval: options.requireApproval,
    actKey: (operation, canonical) => [simulate, proxyUrl, vaultKey, operation, canonical].join("\n"),
    send: (request, write, context) => {
      const { method, path, params } = request;
      const query = write === null ? encodeForm(params) : "";
      const http: HttpRequest = {
        method,
        url: `${proxyUrl}/stripe/v1${path}${query === "" ? "" : `?${query}`}`,
        headers: headers(context, write?.idempotencyKey ?? null),
        body: write?.body ?? null,
      };
      return send(http, { fetch, runtime, timeoutMs, signal: context.signal, tries: LIMITS.tries });
    },
    scrub: (value) => scrub(value, simulate ? "" : vaultKey),
  };
}
