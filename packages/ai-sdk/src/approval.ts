import { mustAsk, type WriteInput } from "@keybrake/core";
import type { InferToolInput, Tool, ToolSet } from "ai";

/** An approval function for each tool that moves money. */
export type ToolApprovals<TOOLS extends ToolSet> = {
  [NAME in keyof TOOLS]?: (
    input: TOOLS[NAME] extends Tool ? InferToolInput<TOOLS[NAME]> : never,
  ) => Promise<"user-approval" | "not-applicable">;
};

function movesMoney(tool: Tool): boolean {
  const mark = tool.metadata?.keybrake;
  return typeof mark === "object" && mark !== null && "write" in mark && mark.write === true;
}

/**
 * The `toolApproval` option of `generateText`, `streamText` and agents: calls that move money wait for a
 * person when `requireApproval` says so. It knows Keybrake's tools by what they are, under whatever name
 * they stand in `tools`, and leaves all others alone. A check that throws requires approval.
 *
 * @example
 * generateText({ model, tools, toolApproval: toolApprovalFor(tools, (input) => (input.amount_cents ?? Infinity) > 10_000) });
 */
export function toolApprovalFor<TOOLS extends ToolSet>(
  tools: TOOLS,
  requireApproval: (input: WriteInput, tool: keyof TOOLS & string) => boolean | Promise<boolean>,
): ToolApprovals<TOOLS> {
  const approvals: ToolApprovals<TOOLS> = {};
  for (const name of Object.keys(tools) as (keyof TOOLS & string)[]) {
    if (!movesMoney(tools[name] as Tool)) continue;
    approvals[name] = async (input) => {
      const ask = await mustAsk(() => requireApproval(input as WriteInput, name));
      return ask ? "user-approval" : "not-applicable";
    };
  }
  return approvals;
}
