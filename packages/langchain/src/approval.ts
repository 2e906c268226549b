import { type ApprovalCard, mustAskFor, type ToolName, type WriteInput } from "@keybrake/core";
import type { StructuredToolInterface } from "@langchain/core/tools";

export interface InterruptOptions {
  /**
   * LangGraph's own `interrupt`, which needs a checkpointer. Where the proxy asks a person, the graph stops with the card. With
   * whatever it is resumed: the same call is made again, and goes through when they have agreed at the proxy.
   */
  readonly interrupt?: ((card: ApprovalCard) => unknown) | undefined;
}

/** An entry of `interruptOn`. No `edit`: what a person agreed to is what is sent. */
export interface WriteInterrupt {
  allowedDecisions: ("approve" | "reject")[];
  when: (request: { toolCall: { args: Record<string, unknown> } }) => Promise<boolean>;
}

/**
 * The `interruptOn` option of LangChain's `humanInTheLoopMiddleware`: calls that move money wait for a person
 * when `requireApproval` says so. Other tools are left alone. A check that throws, or answers anything but
 * false, requires approval; a call whose input is invalid does not, as nothing of it is sent.
 *
 * @example
 * const interruptOn = interruptOnWrites(tools, (input) => (input.amount_cents ?? Infinity) > 10_000);
 * createAgent({ model, tools, checkpointer, middleware: [humanInTheLoopMiddleware({ interruptOn })] });
 */
export function interruptOnWrites(
  tools: readonly StructuredToolInterface[],
  requireApproval: (input: WriteInput, tool: string) => boolean | Promise<boolean>,
): Record<string, WriteInterrupt> {
  const entries: Record<string, WriteInterrupt> = {};
  for (const tool of tools) {
    const { metadata } = tool as { metadata?: { keybrake?: { tool: ToolName; write: boolean } } };
    const mark = metadata?.keybrake;
    if (mark?.write !== true) continue;
    const when: WriteInterrupt["when"] = ({ toolCall }) =>
      mustAskFor(mark.tool, toolCall.args, (input) => requireApproval(input, tool.name));
    entries[tool.name] = { allowedDecisions: ["approve", "reject"], when };
  }
  return entries;
}
