import {
  createToolset,
  type Failure,
  type Json,
  type KeybrakeTool,
  type RoleToolName,
  type Success,
  type ToolContext,
  type ToolInput,
  type ToolName,
  type Toolset,
  type ToolsetOptions,
} from "@keybrake/core";
import type { JSONValue } from "@llamaindex/core/global";
import { FunctionTool } from "@llamaindex/core/tools";

/** An `Outcome` in which a field that would be null is absent. */
export type LlamaIndexOutcome = Failure | (Omit<Success, "id"> & { readonly id?: string });

interface TypedTool<N extends ToolName> {
  readonly metadata: { readonly name: N };
  readonly call: (input: ToolInput<N>) => Promise<LlamaIndexOutcome>;
  /** A copy of the tool with what LlamaIndex does not pass on: signal, conversation, a person's approval. */
  readonly bind: (context: ToolContext) => TypedTool<N> & AnyFunctionTool<N>;
}

type AnyFunctionTool<N extends ToolName> = FunctionTool<ToolInput<N>, Promise<JSONValue>, ToolContext>;

/** One tool as LlamaIndex has it: typed input and output. */
export type LlamaIndexTool<N extends ToolName = ToolName> = {
  [K in N]: TypedTool<K> & AnyFunctionTool<K>;
}[N];

/** LlamaIndex takes null and undefined in a result for an error of the tool, after the money moved. */
function withoutNulls(value: Json): JSONValue {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== "object" || value === null) return value as JSONValue;
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]));
}

function makeTool({ name, description, inputJsonSchema, execute }: KeybrakeTool) {
  return new FunctionTool<unknown, Promise<JSONValue>, ToolContext>(
    // An object and no text: LlamaIndex strips the quotes of a text.
    async (input, context) => withoutNulls((await execute(input, context)) as unknown as Json),
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
