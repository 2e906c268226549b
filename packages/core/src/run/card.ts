import type { ApprovalCard, Json, Outcome } from "../outcome.ts";
import { parseInput } from "../tools/parse-input.ts";
import type { ToolName } from "../tools/tools.ts";
import type { ToolContext } from "./options.ts";
import { type Run, stateOf } from "./run.ts";

/** One call of a tool, as a model or a framework made it. */
interface Call {
  readonly tool: ToolName;
  readonly input: unknown;
}

/**
 * The card at the proxy that a call waits for; null for every other outcome. What a framework is answered about it carries
 * nothing: the very same call, made again, goes through when a person has agreed at the proxy, and not before. Sends nothing.
 */
export function cardOf(outcome: Outcome, { tool, input }: Call): ApprovalCard | null {
  if (outcome.ok || outcome.code !== "approval_required" || outcome.approval?.id === undefined) return null;
  const parsed = parseInput(tool, input);
  if (!parsed.ok) return null;
  const { id, expires_at } = outcome.approval;
  const ends = expires_at === undefined ? {} : { expires_at };
  const accepted = parsed.value as { readonly [key: string]: Json };
  return { id, ...ends, tool, input: accepted, message: outcome.message };
}

/**
 * The card that this very call was last answered with in this process, for a framework that asks a person before it runs a
 * tool: null before its first try, and once it got any other answer. It may have been answered at the proxy meanwhile.
 * Throws `invalid_options` for a run that `createRun` did not make; sends nothing.
 *
 * @example
 * const requireApproval = (input, tool) => cardFor(run, tool, input) !== null;
 */
export function cardFor(run: Run, tool: ToolName, input: unknown): ApprovalCard | null {
  return stateOf(run).cards.get(nameOf({ tool, input })) ?? null;
}

/** Remembers, or forgets, the card of a call that was carried out just now. */
export function noteCard(run: Run, outcome: Outcome, call: Call): void {
  const { cards } = stateOf(run);
  const card = cardOf(outcome, call);
  if (card !== null) cards.set(nameOf(call), card);
  else if (cards.size > 0) cards.delete(nameOf(call));
}

/** Its arguments as they are executed, whichever way they were written. */
function nameOf({ tool, input }: Call): string {
  const parsed = parseInput(tool, input);
  return `${tool}\n${JSON.stringify(parsed.ok ? parsed.value : null)}`;
}

/** A tool that is executed in the way of `KeybrakeTool`. */
interface Executable {
  readonly name: ToolName;
  readonly execute: (input: unknown, context?: ToolContext) => Promise<Outcome>;
}

/**
 * Executes a call and, as often as the proxy answers it with a card, gives that to `ask` and executes it again once that
 * returns: for a framework that stops inside of a tool, and comes back to it. What `ask` throws is thrown on; the call
 * itself never throws.
 */
export async function executeAsking(
  { name, execute }: Executable,
  call: { readonly input: unknown; readonly context: ToolContext },
  ask: ((card: ApprovalCard) => unknown) | undefined,
): Promise<Outcome> {
  for (;;) {
    const outcome = await execute(call.input, call.context);
    const card = ask === undefined ? null : cardOf(outcome, { tool: name, input: call.input });
    if (ask === undefined || card === null) return outcome;
    await ask(card);
  }
}
