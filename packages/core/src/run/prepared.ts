import type { Json } from "../outcome.ts";
import type { SimulatedAnswer } from "../tools/shared/simulated-stripe.ts";
import type { AcceptedInput, StripeRequest, Tool } from "../tools/tool.ts";
import { type Interpretation, interpret } from "../wire/interpret.ts";
import type { SendResult } from "../wire/send.ts";
import type { Binding } from "./binding.ts";
import type { ToolContext } from "./options.ts";

/** A tool with an input that its own schema has accepted, ready to be carried out. */
export interface Prepared<T extends Tool = Tool> {
  readonly tool: T;
  readonly input: AcceptedInput;
  readonly request: StripeRequest;
  readonly binding: Binding;
  readonly context: ToolContext;
}

/** A simulated answer, as if it had come from the proxy. */
export function asSent({ status, body, replayed }: SimulatedAnswer): SendResult {
  return { kind: "answer", status, replayed, body: body as Json, page: false, maybeReached: false };
}

/** What the result of a call means. Closes the run's latch when the key itself was refused. */
export function conclude(
  prepared: Prepared,
  result: SendResult,
  sent: { readonly idempotencyKey: string | null; readonly unknownBefore: boolean },
): Interpretation {
  const { tool, input, request, binding } = prepared;
  const { operation } = request;
  const call = { operation, write: tool.write, proxyUrl: binding.proxyUrl, ...sent };
  const interpretation = interpret(result, call, (body, { replayed }) =>
    tool.describe(body, { input, replayed }),
  );
  if (interpretation.stop !== null) binding.state.stopped ??= binding.scrub(interpretation.stop);
  return interpretation;
}
