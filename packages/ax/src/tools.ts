import type { AxFunction, AxFunctionHandler, AxFunctionJSONSchema } from "@ax-llm/ax";
import {
  createToolset,
  type KeybrakeTool,
  type Outcome,
  type RoleToolName,
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

type Field = Readonly<Record<string, unknown>>;

/** Some of Ax's providers drop `anyOf`; its own form of "or null" is a list of types. */
function withoutAnyOf({ anyOf, ...rest }: Field): Field {
  if (!Array.isArray(anyOf)) return rest;
  const [type] = anyOf;
  const values = Array.isArray(type.enum) ? { enum: [...type.enum, null] } : {};
  return { ...type, ...values, ...rest, type: [type.type, "null"] };
}

/**
 * Without `$schema`, which Gemini refuses. What may be null may be left out, as core takes it: Ax's prompt mode cannot
 * say null, and would make a model invent a reference instead.
 */
function parametersOf({ $schema: _, ...schema }: Field): AxFunctionJSONSchema {
  const fields = Object.entries(schema.properties as Readonly<Record<string, Field>>);
  return {
    ...schema,
    properties: Object.fromEntries(fields.map(([name, field]) => [name, withoutAnyOf(field)])),
    required: fields.filter(([, { anyOf }]) => anyOf === undefined).map(([name]) => name),
  } as unknown as AxFunctionJSONSchema;
}

function makeTool(definition: KeybrakeTool): AxFunction {
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
        conversationId: extra?.sessionId,
      }),
  };
}

/** Tools of a tool set that was built with `createToolset`, for example its `readOnly()` part. */
export function fromToolset<N extends ToolName>(toolset: Toolset<N>): AxTool<N>[] {
  const tools = toolset.tools.map((tool) => makeTool(tool as unknown as KeybrakeTool));
  // Each tool has its own input: the type says what the loop cannot.
  return tools as unknown as AxTool<N>[];
}

/**
 * Tools that charge: create_charge, create_payment_intent, retrieve_customer, list_customers. Throws
 * `KeybrakeError` when the options are wrong; the tools themselves never throw.
 *
 * @example
 * await ax("question:string -> answer:string").forward(llm, { question }, { functions: billingTools({ vaultKey, run }) });
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
