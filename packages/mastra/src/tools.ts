import {
  type AdapterOptions,
  cardOf,
  createToolset,
  type KeybrakeTool,
  mustAskFor,
  type Outcome,
  type RoleToolName,
  type ToolInput,
  type ToolName,
  type Toolset,
  type WriteInput,
} from "@keybrake/core";
import type { StandardSchemaWithJSON } from "@mastra/core/schema";
import { createTool, type Tool, type ToolExecutionContext } from "@mastra/core/tools";

export interface ApprovalOptions {
  /**
   * Asked before every call that moves money. Unless it answers false, the run is suspended until a person
   * approves or declines the call. If it throws, approval is required.
   */
  readonly requireApproval?: ((input: WriteInput, tool: ToolName) => boolean | Promise<boolean>) | undefined;
  /**
   * Where the proxy asks a person, the run is suspended with the card (`ApprovalCard`). With whatever it is resumed: the same
   * call is made again, and goes through when they have agreed at the proxy.
   */
  readonly suspend?: boolean | undefined;
}

/** What the tool functions of this adapter take. */
export type MastraToolOptions<N extends ToolName = ToolName> = AdapterOptions<N> & ApprovalOptions;

/** One tool as Mastra has it: typed input, and an `Outcome` as output. */
export type MastraTool<N extends ToolName = ToolName> = {
  [K in N]: Tool<ToolInput<K>, Outcome, unknown, unknown, ToolExecutionContext, K> & {
    readonly execute: (input: ToolInput<K>, context?: Partial<ToolExecutionContext>) => Promise<Outcome>;
  };
}[N];

/** For the `tools` of an `Agent`. */
export type MastraTools<N extends ToolName = ToolName> = { [K in N]: MastraTool<K> };

/** Shows the model its fields and lets everything pass: Mastra's own check quotes the input and says "try again". */
function anyInput({ inputJsonSchema }: KeybrakeTool): StandardSchemaWithJSON<ToolInput<ToolName>> {
  const jsonSchema = { input: () => ({ ...inputJsonSchema() }), output: () => ({ ...inputJsonSchema() }) };
  const validate = (value: unknown) => ({ value: value as ToolInput<ToolName> });
  return { "~standard": { version: 1, vendor: "keybrake", validate, jsonSchema } };
}

/** Mastra takes fields of its own (`_background` …) out of the input after the approval: only the tool's count. */
function ownFields({ inputJsonSchema }: KeybrakeTool, input: unknown): Record<string, unknown> {
  const fields = Object.keys(inputJsonSchema().properties ?? {});
  return Object.fromEntries(Object.entries(input ?? {}).filter(([field]) => fields.includes(field)));
}

/** A failure as an error text, whose words tell the model whether to stop; anything else as it is. */
function toModelOutput(output: Outcome | string) {
  // Mastra's own words in place of an outcome: a call that was sent to the background, for example.
  if (typeof output === "string") return { type: "text", value: output };
  return output.ok === false
    ? { type: "error-text", value: output.message }
    : { type: "json", value: output };
}

/** Tools of a tool set that was built with `createToolset`, for example its `readOnly()` part. */
export function fromToolset<N extends ToolName>(
  toolset: Toolset<N>,
  { requireApproval, suspend = false }: ApprovalOptions = {},
): MastraTools<N> {
  const entries = (toolset.tools as readonly KeybrakeTool[]).map((definition) => {
    const { name, title, description, annotations, write, execute } = definition;
    const tool = createTool({
      id: name,
      title,
      description,
      inputSchema: anyInput(definition),
      // The call's id is not used: a model that repeats a call gives it a new one.
      execute: async (input, { abortSignal: signal, agent }): Promise<Outcome> => {
        // Mastra says "" for no agent.
        const context = { signal, conversationId: agent?.threadId, agent: agent?.agentId || undefined };
        const outcome = await execute(input, context);
        const card = suspend && !agent?.isBackgroundTask ? cardOf(outcome, { tool: name, input }) : null;
        // What is returned with a suspension is Mastra's own.
        return card === null || !agent?.suspend ? outcome : ((await agent.suspend(card)) as never);
      },
      toModelOutput: (output) => toModelOutput(output as Outcome | string),
      mcp: { annotations: { title, ...annotations } },
      // Not even a function without need: it would go before the `requireToolApproval` of a run.
      ...(write && requireApproval !== undefined
        ? {
            requireApproval: (input: unknown) =>
              mustAskFor(name, ownFields(definition, input), requireApproval),
          }
        : {}),
    });
    return [name, tool];
  });
  // Each name has its own tool: the record says what the list of pairs cannot.
  return Object.fromEntries(entries) as MastraTools<N>;
}

/**
 * Tools that charge: create_charge, create_payment_intent, retrieve_customer, list_customers. Throws
 * `KeybrakeError` when the options are wrong; the tools themselves never throw.
 *
 * @example
 * const agent = new Agent({ id: "billing", name: "Billing", instructions, model, tools: billingTools({ vaultKey, run }) });
 */
export function billingTools<const N extends RoleToolName<"billing"> = RoleToolName<"billing">>({
  requireApproval,
  suspend,
  ...options
}: MastraToolOptions<N>): MastraTools<N> {
  return fromToolset(createToolset<"billing", N>("billing", options), { requireApproval, suspend });
}

/** Tools that refund: create_refund, retrieve_charge, list_refunds. Throws as `billingTools` does. */
export function refundTools<const N extends RoleToolName<"refund"> = RoleToolName<"refund">>({
  requireApproval,
  suspend,
  ...options
}: MastraToolOptions<N>): MastraTools<N> {
  return fromToolset(createToolset<"refund", N>("refund", options), { requireApproval, suspend });
}

/** Tools that only read, check_existing_charge among them. Throws as `billingTools` does. */
export function auditTools<const N extends RoleToolName<"audit"> = RoleToolName<"audit">>(
  options: AdapterOptions<N>,
): MastraTools<N> {
  return fromToolset(createToolset<"audit", N>("audit", options));
}
