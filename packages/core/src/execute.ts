import { mustAsk } from "./approval.ts";
import type { Caller } from "./caller.ts";
import { executeRead } from "./execute-read.ts";
import { executeWrite } from "./execute-write.ts";
import { failure } from "./failure.ts";
import type { ToolContext } from "./options.ts";
import type { Json, Outcome } from "./outcome.ts";
import { parseInput } from "./parse-input.ts";
import { TOOLS, type ToolName } from "./roles.ts";
import type { StripeRequest, ToolSpec } from "./tool-spec.ts";
import { TOOL_SPECS } from "./tool-specs.ts";

export interface Invocation {
  readonly name: ToolName;
  readonly caller: Caller;
  readonly input: unknown;
  readonly context: ToolContext;
}

/** Any tool's spec with an input that its own schema has accepted. */
export interface Prepared {
  readonly spec: ToolSpec<ToolName>;
  readonly input: never;
  readonly request: StripeRequest;
  readonly caller: Caller;
  readonly context: ToolContext;
}

async function needsApproval(
  invocation: Invocation,
  input: Readonly<Record<string, Json>>,
): Promise<boolean> {
  const { caller, name, context } = invocation;
  const { requireApproval } = caller;
  if (requireApproval === undefined || context.approved === true || !TOOLS[name].write) return false;
  // A copy: what is approved is what is sent.
  return mustAsk(() => requireApproval({ ...input }, name));
}

async function attempt(invocation: Invocation): Promise<Outcome> {
  const { name, caller, context } = invocation;
  const { write, operations } = TOOLS[name];
  const operation = operations[0];
  const parsed = parseInput(name, invocation.input);
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
      what: `A person must approve this ${name}.`,
      approval,
    });
  }
  // The table pairs each spec with its own schema; the compiler cannot follow a union through it.
  const spec = TOOL_SPECS[name] as unknown as ToolSpec<ToolName>;
  const input = parsed.value as never;
  const prepared: Prepared = { spec, input, request: spec.request(input), caller, context };
  return write ? executeWrite(prepared) : executeRead(prepared);
}

/** One tool call. Never throws: not on bad input, bad answers, aborted signals, nor on bugs in here. */
export async function executeTool(invocation: Invocation): Promise<Outcome> {
  const { name, caller, context } = invocation;
  try {
    // What cannot tell of an abort is no signal; a framework that passes such a thing must not stop a call.
    const signal = typeof context.signal?.addEventListener === "function" ? context.signal : undefined;
    return caller.scrub(await attempt({ ...invocation, context: { ...context, signal } }));
  } catch {
    const { write, operations } = TOOLS[name];
    // The error is not shown: it could hold anything.
    const what = `The tool failed unexpectedly${write ? "; whether it was carried out is unknown" : ""}.`;
    return failure({ code: "internal_error", operation: operations[0], write, what });
  }
}
