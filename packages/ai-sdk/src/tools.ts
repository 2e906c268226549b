import {
  type AdapterOptions,
  createToolset,
  type KeybrakeTool,
  type Outcome,
  parseInput,
  type RoleToolName,
  type ToolInput,
  type ToolName,
  type Toolset,
} from "@keybrake/core";
import { type JSONSchema7, jsonSchema, type Tool, type ToolExecuteFunction, tool } from "ai";

/** A success as JSON; a failure as an error text, whose words tell the model whether to stop. */
function toModelOutput({ output }: { readonly output: Outcome }) {
  if (!output.ok) return { type: "error-text" as const, value: output.message };
  // An outcome is JSON and nothing else; a copy takes its `readonly` away.
  return { type: "json" as const, value: { ...output, data: structuredClone(output.data) as never } };
}

type AnyInput = ToolInput<ToolName>;

function makeTool(definition: KeybrakeTool<ToolName>): Tool<AnyInput, Outcome> {
  const { name, title, description, annotations, execute } = definition;
  return tool<AnyInput, Outcome, Record<string, unknown>>({
    title,
    description,
    // Not the Zod schema itself: models leave out fields that may be null, which core reads as null.
    inputSchema: jsonSchema<AnyInput>(() => definition.inputJsonSchema() as JSONSchema7, {
      validate: (value) => {
        const parsed = parseInput(name, value);
        return parsed.ok
          ? { success: true, value: parsed.value }
          : { success: false, error: new Error(`${parsed.problem}. Nothing was sent.`) };
      },
    }),
    metadata: { keybrake: { tool: name, write: definition.write, ...annotations } },
    // `toolCallId` is not used: a model that repeats a call gives it a new one.
    execute: (input, { abortSignal, messages }): Promise<Outcome> =>
      execute(input, {
        signal: abortSignal,
        turn: messages.filter((message) => message.role === "assistant").length + 1,
      }),
    toModelOutput,
  });
}

/** One tool as the AI SDK has it: typed input, and an `Outcome` as output. */
export type AiSdkTool<N extends ToolName = ToolName> = Tool<ToolInput<N>, Outcome> & {
  readonly execute: ToolExecuteFunction<ToolInput<N>, Outcome, Record<string, unknown>>;
};

/** For the `tools` of `generateText`, `streamText` and agents. */
export type AiSdkTools<N extends ToolName> = { [K in N]: AiSdkTool<K> };

/** Tools of a tool set that was built with `createToolset`, for example its `readOnly()` part. */
export function fromToolset<N extends ToolName>(toolset: Toolset<N>): AiSdkTools<N> {
  const entries = toolset.tools.map((definition) => [
    definition.name,
    makeTool(definition as unknown as KeybrakeTool),
  ]);
  // Each name has its own tool: the record says what the list of pairs cannot.
  return Object.fromEntries(entries) as AiSdkTools<N>;
}

/**
 * Tools that charge: create_charge, create_payment_intent, retrieve_customer, list_customers. Throws
 * `KeybrakeError` when the options are wrong; the tools themselves never throw.
 *
 * @example
 * const tools = billingTools({ vaultKey, run });
 * await generateText({ model, tools, prompt, stopWhen: isStepCount(10) });
 */
export function billingTools<const N extends RoleToolName<"billing"> = RoleToolName<"billing">>(
  options: AdapterOptions<N>,
): AiSdkTools<N> {
  return fromToolset(createToolset<"billing", N>("billing", options));
}

/** Tools that refund: create_refund, retrieve_charge, list_refunds. Throws as `billingTools` does. */
export function refundTools<const N extends RoleToolName<"refund"> = RoleToolName<"refund">>(
  options: AdapterOptions<N>,
): AiSdkTools<N> {
  return fromToolset(createToolset<"refund", N>("refund", options));
}

/** Tools that only read, check_existing_charge among them. Throws as `billingTools` does. */
export function auditTools<const N extends RoleToolName<"audit"> = RoleToolName<"audit">>(
  options: AdapterOptions<N>,
): AiSdkTools<N> {
  return fromToolset(createToolset<"audit", N>("audit", options));
}
