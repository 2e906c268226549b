import type { KeybrakeTool } from "@keybrake/core";
import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema for clients to read. Nothing is validated by it here: core validates inputs at call time,
 * reads what is left out as null, and its outcomes are right by type.
 */
function published<T>(schema: JsonObject): StandardSchemaWithJSON<T> {
  const json = () => ({ ...schema });
  return {
    "~standard": {
      version: 1,
      vendor: "keybrake",
      validate: (value) => ({ value: value as T }),
      jsonSchema: { input: json, output: json },
    },
  };
}

function mayBeNull(schema: unknown): boolean {
  const { type, anyOf } = schema as { readonly type?: unknown; readonly anyOf?: readonly JsonObject[] };
  if (anyOf !== undefined) return anyOf.some(mayBeNull);
  return type === "null" || (Array.isArray(type) && type.includes("null"));
}

/**
 * The input of a tool as it is accepted: fields that may be null may be left out. (Core's own schema names
 * every field as required, which providers with strict schemas want and many MCP clients would enforce.)
 */
export function inputSchema(tool: KeybrakeTool): StandardSchemaWithJSON<Record<string, unknown>> {
  const { $schema: _dialect, required, ...schema } = tool.inputJsonSchema();
  const properties = schema.properties as JsonObject;
  return published({
    ...schema,
    required:
      (required as readonly string[] | undefined)?.filter((name) => !mayBeNull(properties[name])) ?? [],
  });
}

const text = (description: string) => ({ type: "string", description });
const flag = (description: string) => ({ type: "boolean", description });

/** Every tool's structured result: an `Outcome` of core. One flat object, since clients know no unions. */
export const OUTPUT_SCHEMA = published<Record<string, unknown>>({
  type: "object",
  properties: {
    ok: flag("Whether it was done."),
    operation: text("The Stripe operation, such as charges.create."),
    message: text("What happened and what to do now."),
    final: flag("Of a failure: true means stop, the same call cannot succeed later."),
    code: text("Of a failure: why."),
    id: { type: ["string", "null"], description: "Of a success: the object's id; null for lists." },
    status: text("Of a success: Stripe's status of the object; found, not_found or incomplete for searches."),
    amount_cents: { type: "integer", description: "In the smallest unit of the currency." },
    currency: text("Three letters, lower case."),
    replayed: flag("True: it had been done before, and this call moved nothing."),
    data: { type: "object", description: "The useful fields of Stripe's object." },
    idempotency_key: text("Of a write that was or may have been sent: finds it in the audit log."),
    approval: { type: "object", description: "What a person is asked to agree to." },
  },
  required: ["ok", "operation", "message"],
});
