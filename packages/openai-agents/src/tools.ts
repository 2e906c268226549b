import {
  type AdapterOptions,
  createToolset,
  type KeybrakeTool,
  mustAskFor,
  type Outcome,
  type RoleToolName,
  type ToolName,
  type Toolset,
  type WriteInput,
} from "@keybrake/core";
import { type FunctionTool, tool } from "@openai/agents-core";

export interface ApprovalOptions {
  /**
   * Asked before every call that moves money. Unless it answers false, the run stops with an interruption
   * until a person approves or rejects the call. If it throws, approval is required.
   */
  readonly requireApproval?: ((input: WriteInput, tool: ToolName) => boolean | Promise<boolean>) | undefined;
}

/** What the tool functions of this adapter take. */
export type OpenAiToolOptions<N extends ToolName = ToolName> = AdapterOptions<N> & ApprovalOptions;

/** One tool as the OpenAI Agents SDK has it: typed input, and an `Outcome` as output. */
export type OpenAiTool<N extends ToolName = ToolName> = {
  // biome-ignore lint/suspicious/noExplicitAny: a tool for agents with any context, which it never looks at.
  [K in N]: FunctionTool<any, KeybrakeTool<K>["inputSchema"], Outcome> & { readonly name: K };
}[N];

/** The part of JSON Schema that strict mode documents for all models: lengths of texts are left to core. */
function strictSchema(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const left = new Set(["$schema", "minLength", "maxLength"]);
  return JSON.parse(JSON.stringify(schema, (key, value) => (left.has(key) ? undefined : value)));
}

function makeTool(definition: KeybrakeTool, { requireApproval }: ApprovalOptions) {
  const { name, description, write, inputJsonSchema, execute } = definition;
  return tool({
    name,
    description,
    strict: true,
    // Not the Zod schema: at an input that does not fit, the SDK would only tell the model to try again.
    parameters: strictSchema(inputJsonSchema()) as never,
    // The call's id is not used: a model that repeats a call gives it a new one.
    execute: (input: unknown, context, details): Promise<Outcome> =>
      execute(input, { signal: details?.signal, turn: context?.usage.requests }),
    // The tool never throws: what comes here are arguments that are no JSON, and core has the words for them.
    errorFunction: async () => (await execute("")).message,
    // Not even a function without need: at one that cannot read the arguments the SDK asks a person.
    needsApproval:
      write && requireApproval !== undefined
        ? (_context, input) => mustAskFor(name, input, requireApproval)
        : false,
  });
}

/** Tools of a tool set that was built with `createToolset`, for example its `readOnly()` part. */
export function fromToolset<N extends ToolName>(
  toolset: Toolset<N>,
  options: ApprovalOptions = {},
): OpenAiTool<N>[] {
  const tools = toolset.tools.map((definition) => makeTool(definition as unknown as KeybrakeTool, options));
  // Each tool has its own input: the type says what the loop cannot.
  return tools as unknown as OpenAiTool<N>[];
}

/**
 * Tools that charge: create_charge, create_payment_intent, retrieve_customer, list_customers. Throws
 * `KeybrakeError` when the options are wrong; the tools themselves never throw.
 *
 * @example
 * const agent = new Agent({ name: "billing", tools: billingTools({ vaultKey, run }) });
 */
export function billingTools<const N extends RoleToolName<"billing"> = RoleToolName<"billing">>({
  requireApproval,
  ...options
}: OpenAiToolOptions<N>): OpenAiTool<N>[] {
  return fromToolset(createToolset<"billing", N>("billing", options), { requireApproval });
}

/** Tools that refund: create_refund, retrieve_charge, list_refunds. Throws as `billingTools` does. */
export function refundTools<const N extends RoleToolName<"refund"> = RoleToolName<"refund">>({
  requireApproval,
  ...options
}: OpenAiToolOptions<N>): OpenAiTool<N>[] {
  return fromToolset(createToolset<"refund", N>("refund", options), { requireApproval });
}

/** Tools that only read, check_existing_charge among them. Throws as `billingTools` does. */
export function auditTools<const N extends RoleToolName<"audit"> = RoleToolName<"audit">>(
  options: AdapterOptions<N>,
): OpenAiTool<N>[] {
  return fromToolset(createToolset<"audit", N>("audit", options));
}
