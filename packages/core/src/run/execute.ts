import { failure } from "../failure.ts";
import type { Outcome } from "../outcome.ts";
import { parseWith } from "../tools/parse-input.ts";
import { type AcceptedInput, requestOf, type Tool } from "../tools/tool.ts";
import type { ToolName } from "../tools/tools.ts";
import { mustAsk } from "./approval.ts";
import type { Binding } from "./binding.ts";
import { noteCard } from "./card.ts";
import { executeRead } from "./execute-read.ts";
import { executeWrite } from "./execute-write.ts";
import type { ToolContext } from "./options.ts";

export interface Invocation {
  readonly name: ToolName;
  readonly tool: Tool;
  readonly binding: Binding;
  readonly input: unknown;
  readonly context: ToolContext;
}

async function needsApproval(invocation: Invocation, input: AcceptedInput): Promise<boolean> {
  const { binding, name, tool, context } = invocation;
  const { requireApproval } = binding;
  if (requireApproval === undefined || context.approved === true || !tool.write) return false;
  // A copy: what is approved is what is sent.
  return mustAsk(() => requireApproval({ ...input }, name));
}

async function attempt(invocation: Invocation): Promise<Outcome> {
  const { name, tool, binding, context } = invocation;
  const { write, operation } = tool;
  const parsed = parseWith(tool.input, invocation.input);
  if (!parsed.ok) {
    return failure({
      code: "invalid_input",
      operation,
      write,
      what: `Invalid input for ${name}: ${parsed.problem}.`,
    });
  }
  if (context.signal?.aborted === true) {
    return failure({ code: "aborted", operation, write, what: "The call was aborted before it was sent." });
  }
  if (await needsApproval(invocation, parsed.value)) {
    const approval = { tool: name, input: parsed.value };
    return failure({
      code: "approval_required",
      operation,
      write,
      what: `A person must approve this ${name}. Nothing was sent.`,
      approval,
    });
  }
  const call = { input: parsed.value, request: requestOf(tool, parsed.value), binding, context };
  return tool.write ? executeWrite({ tool, ...call }) : executeRead({ tool, ...call });
}

/** One tool call. Never throws: not on bad input, bad answers, aborted signals, nor on bugs in here. */
export async function executeTool(invocation: Invocation): Promise<Outcome> {
  const { tool, binding, context } = invocation;
  try {
    // What cannot tell of an abort is no signal; a framework that passes such a thing must not stop a call.
    const signal = typeof context.signal?.addEventListener === "function" ? context.signal : undefined;
    const outcome = binding.scrub(await attempt({ ...invocation, context: { ...context, signal } }));
    if (tool.write) noteCard(binding.run, outcome, { tool: invocation.name, input: invocation.input });
    return outcome;
  } catch {
    const { write, operation } = tool;
    // The error is not shown: it could hold anything.
    const what = `The tool failed unexpectedly${write ? "; whether it was carried out is unknown" : ""}.`;
    return failure({ code: "internal_error", operation, write, what });
  }
}
