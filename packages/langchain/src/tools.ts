import {
  type AdapterOptions,
  createToolset,
  executeAsking,
  type KeybrakeTool,
  type Outcome,
  type RoleToolName,
  type ToolInput,
  type ToolName,
  type Toolset,
} from "@keybrake/core";
import { ToolMessage } from "@langchain/core/messages";
import {
  DynamicStructuredTool,
  type StructuredToolInterface,
  type ToolRunnableConfig,
} from "@langchain/core/tools";
import type { InterruptOptions } from "./approval.ts";

/** One tool as LangChain has it. Invoked with arguments it gives the `Outcome`, with a tool call a `ToolMessage`. */
export type LangChainTool<N extends ToolName = ToolName> = {
  [K in N]: StructuredToolInterface<KeybrakeTool<K>["inputSchema"], ToolInput<K>, Outcome> & { name: K };
}[N];

/** What agents add to a tool's config, beside what the types say. */
type AgentConfig = ToolRunnableConfig & { readonly state?: { readonly messages?: unknown } };

function contextOf(config: AgentConfig) {
  const messages = config.state?.messages;
  const thread = config.configurable?.thread_id;
  return {
    signal: config.signal,
    turn: Array.isArray(messages) ? messages.filter((message) => message?.type === "ai").length : undefined,
    conversationId: typeof thread === "string" ? thread : undefined,
  };
}

/** LangChain would throw at invalid input, and at an absent field that may be null: core answers both. */
function anyInput(schema: KeybrakeTool["inputSchema"]) {
  // One of the schemas stands for all: the method is the same. Converters call it without a context.
  const { catch: otherwise } = schema as KeybrakeTool<"create_charge">["inputSchema"];
  return otherwise((context) => context?.input as never);
}

function makeTool(definition: KeybrakeTool, { interrupt }: InterruptOptions) {
  const { name, description, annotations, write, inputSchema } = definition;
  // Not `tool()`: at an abort it drops the answer, and with a signal that is already aborted it never settles.
  return new DynamicStructuredTool({
    name,
    description,
    schema: anyInput(inputSchema),
    metadata: { keybrake: { tool: name, write, ...annotations } },
    func: async (input: unknown, _manager, config: AgentConfig = {}): Promise<Outcome | ToolMessage> => {
      const outcome = await executeAsking(definition, { input, context: contextOf(config) }, interrupt);
      const callId = config.toolCall?.id;
      if (callId === undefined) return outcome;
      // The final form of an answer: agents and middleware pass it on as it is, and retry none.
      return new ToolMessage({
        name,
        tool_call_id: callId,
        status: outcome.ok ? "success" : "error",
        content: outcome.ok ? JSON.stringify(outcome) : outcome.message,
        artifact: outcome,
      });
    },
  });
}

/** Tools of a tool set that was built with `createToolset`, for example its `readOnly()` part. */
export function fromToolset<N extends ToolName>(
  toolset: Toolset<N>,
  options: InterruptOptions = {},
): LangChainTool<N>[] {
  // Each tool has its own input: the type says what the loop cannot.
  return toolset.tools.map((tool) => makeTool(tool as unknown as KeybrakeTool, options) as never);
}

/**
 * Tools that charge: create_charge, create_payment_intent, retrieve_customer, list_customers. Throws
 * `KeybrakeError` when the options are wrong; the tools themselves never throw.
 *
 * @example
 * const agent = createAgent({ model, tools: billingTools({ vaultKey, run }) });
 */
export function billingTools<const N extends RoleToolName<"billing"> = RoleToolName<"billing">>(
  options: AdapterOptions<N> & InterruptOptions,
): LangChainTool<N>[] {
  return fromToolset(createToolset<"billing", N>("billing", options), options);
}

/** Tools that refund: create_refund, retrieve_charge, list_refunds. Throws as `billingTools` does. */
export function refundTools<const N extends RoleToolName<"refund"> = RoleToolName<"refund">>(
  options: AdapterOptions<N> & InterruptOptions,
): LangChainTool<N>[] {
  return fromToolset(createToolset<"refund", N>("refund", options), options);
}

/** Tools that only read, check_existing_charge among them. Throws as `billingTools` does. */
export function auditTools<const N extends RoleToolName<"audit"> = RoleToolName<"audit">>(
  options: AdapterOptions<N>,
): LangChainTool<N>[] {
  return fromToolset(createToolset<"audit", N>("audit", options));
}
