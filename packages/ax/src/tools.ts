import type { AxFunction, AxFunctionHandler, AxFunctionJSONSchema } from "@ax-llm/ax";
import {
  createToolset,
  type KeybrakeTool,
  type Outcome,
  type RoleToolName,
  type Run,
  type ToolInput,
  type ToolName,
  type Toolset,
  type ToolsetOptions,
} from "@keybrake/core";

type AxExtra = Parameters<AxFunctionHandler>[1];

interface TypedTool<N extends ToolName> {
  readonly name: N;
  readonly func: (input: ToolInput<N>, extra?: AxExtra) => Promise<Outcome>;
}

/** One tool as Ax has it, for the `functions` of `ax`, `agent` and `flow`. */
export type AxTool<N extends ToolName = ToolName> = { [K in N]: TypedTool<K> & AxFunction }[N];

/** Some of Ax's providers drop `anyOf`; its own form of "or null" is a list of types. */
function withoutAnyOf(field: Record<string, unknown>): Record<string, unknown> {
  const { anyOf, ...rest } = field;
  if (!Array.isArray(anyOf)) return field;
  const [type] = anyOf;
  const values = Array.isArray(type.enum) ? { enum: [...type.enum, null] } : {};
  return { ...type, ...values, ...rest, type: [type.type, "null"] };
}

function parametersOf(schema: Readonly<Record<string, unknown>>): AxFunctionJSONSchema {
  const fields = Object.entries(schema.properties as Record<string, Record<string, unknown>>);
  const properties = Object.fromEntries(fields.map(([name, field]) => [name, withoutAnyOf(field)]));
  return {
    ...schema,
    type: "object",
    properties: properties as AxFunctionJSONSchema["properties"],
  } as AxFunctionJSONSchema;
}

function makeTool(definition: KeybrakeTool, { conversationId }: Run): AxFunction {
  const { name, description, inputJsonSchema, execute } = definition;
  return {
    name,
    description,
    parameters: parametersOf(inputJsonSchema()),
    // Ax validates nothing, and ends the whole run at a throw: core refuses bad input and never throws.
    func: (input: unknown, extra: AxExtra): Promise<Outcome> =>
      execute(input, {
        signal: extra?.abortSignal,
        turn: extra?.step === undefined ? undefined : extra.step.stepIndex + 1,
        // A conversation that the run names goes before Ax's session.
        conversationId: conversationId ?? extra?.sessionId,
      }),
  };
}

/** Tools of a tool set that was built with `createToolset`, for example its `readOnly()` part. */
export function fromToolset<N extends ToolName>(toolset: Toolset<N>): AxTool<N>[] {
  const tools = toolset.tools.map((tool) => makeTool(tool as unknown as KeybrakeTool, toolset.run));
  // Each tool has its own input: the type says what the loop cannot.
  return tools as unknown as AxTool<N>[];
}

/**
 * Tools that charge: create_charge, create_payment_intent, retrieve_customer, list_customers. Throws
 * `KeybrakeError` when the options are wrong; the tools themselves never throw.
 *
 * @example
 * await ax("request:string -> answer:string").forward(llm, { request }, { functions: billingTools({ vaultKey, run }) });
 */
export function billingTools<const N extends RoleToolName<"billing"> = RoleToolName<"billing">>(
  options: ToolsetOptions<N>,
): AxTool<N>[] {
  return fromToolset(createToolset<"billing", N>("billing", options));
}

/** Tools that refund: create_refund, retrieve_charge, list_refunds. Throws as `billingTools` does. */
export function refundTools<const N extends RoleToolName<"refund"> = RoleToolName<"refund">>(
  options: ToolsetOptions<N>,
): AxTool<N>[] {
  return fromToolset(createToolset<"refund", N>("refund", options));
}

/** Tools that only read, check_existing_charge among them. Throws as `billingTools` does. */
export function auditTools<const N extends RoleToolName<"audit"> = RoleToolName<"audit">>(
  options: ToolsetOptions<N>,
): AxTool<N>[] {
  return fromToolset(createToolset<"audit", N>("audit", options));
}
