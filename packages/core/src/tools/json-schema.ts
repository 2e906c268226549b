import { z } from "zod";
import { type ToolName, toolOf } from "./tools.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

const made = new WeakMap<z.ZodObject, JsonSchema>();

/** A tool's schema as JSON Schema draft 7. Made once. */
export function jsonSchemaOf(input: z.ZodObject): JsonSchema {
  let schema = made.get(input);
  if (schema === undefined) {
    schema = z.toJSONSchema(input, { target: "draft-7", io: "input" });
    made.set(input, schema);
  }
  return schema;
}

/** The input of a tool as JSON Schema draft 7, for frameworks that take no Zod. Made once per schema. */
export function inputJsonSchema(tool: ToolName): JsonSchema {
  return jsonSchemaOf(toolOf(tool).input);
}
