import {
  createToolset,
  type KeybrakeTool,
  type Outcome,
  type RoleToolName,
  type ToolContext,
  type ToolInput,
  type ToolName,
  type Toolset,
  type ToolsetOptions,
} from "@keybrake/core";
import type { JSONObject } from "@llamaindex/core/global";
import { FunctionTool } from "@llamaindex/core/tools";

type Call<N extends ToolName> = (input: ToolInput<N>) => Promise<Outcome>;

interface TypedTool<N extends ToolName> {
  readonly metadata: { readonly name: N };
  readonly call: Call<N>;
  /** A copy of the tool with what LlamaIndex does not pass on: signal, conversation, a person's approval. */
  readonly bind: (context: ToolContext) => TypedTool<N> & AnyFunctionTool<N>;
}

type AnyFunctionTool<N extends ToolName> = FunctionTool<ToolInput<N>, Promise<JSONObject>, ToolContext>;

/** One tool as LlamaIndex has it: typed input, and an `Outcome` as output. */
export type LlamaIndexTool<N extends ToolName = ToolName> = {
  [K in N]: TypedTool<K> & AnyFunctionTool<K>;
}[N];

function makeTool({ name, description, inputJsonSchema, execute }: KeybrakeTool) {
  return new FunctionTool<unknown, Promise<JSONObject>, ToolContext>(
    // A plain object and no text: LlamaIndex strips the quotes of a text. Outcomes hold no undefined, of which
    // it would make an error after the money moved.
    async (input, context) => ({ ...(await execute(input, context)) }) as JSONObject,
    // Not the Zod schema: LlamaIndex logs what does not fit it and calls the tool nevertheless. Core refuses.
    { name, description, parameters: inputJsonSchema() as never },
  );
}

/** Tools of a tool set that was built with `createToolset`, for example its `readOnly()` part. */
export function fromToolset<N extends ToolName>(toolset: Toolset<N>): LlamaIndexTool<N>[] {
  // Each tool has its own input: the type says what the loop cannot.
  return toolset.tools.map((tool) =>
    makeTool(tool as unknown as KeybrakeTool),
  ) as unknown as LlamaIndexTool<N>[];
}

/**
 * Tools that charge: create_charge, create_payment_intent, retrieve_customer, list_customers. Throws
 * `KeybrakeError` when the options are wrong; the tools themselves never throw.
 *
 * @example
 * const workflow = agent({ llm, tools: billingTools({ vaultKey, run }) });
 */
export function billingTools<const N extends RoleToolName<"billing"> = RoleToolName<"billing">>(
  options: ToolsetOptions<N>,
): LlamaIndexTool<N>[] {
  return fromToolset(createToolset<"billing", N>("billing", options));
}

/** Tools that refund: create_refund, retrieve_charge, list_refunds. Throws as `billingTools` does. */
export function refundTools<const N extends RoleToolName<"refund"> = RoleToolName<"refund">>(
  options: ToolsetOptions<N>,
): LlamaIndexTool<N>[] {
  return fromToolset(createToolset<"refund", N>("refund", options));
}

/** Tools that only read, check_existing_charge among them. Throws as `billingTools` does. */
export function auditTools<const N extends RoleToolName<"audit"> = RoleToolName<"audit">>(
  options: ToolsetOptions<N>,
): LlamaIndexTool<N>[] {
  return fromToolset(createToolset<"audit", N>("audit", options));
}
