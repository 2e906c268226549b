import { titleOf } from "../words.ts";

/** As much of a JSON schema as the admin API's description of a request uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** `GET /admin/openapi.json`, as far as a form is made of it. */
export interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export type Field = {
  /** `approval.above_usd`: as the proxy names it in a refusal, too. */
  readonly path: string;
  readonly title: string;
  /** One sentence, in the schema's own words. */
  readonly description: string;
} & (
  | { readonly kind: "text" | "list"; readonly example: string }
  | {
      readonly kind: "number";
      readonly step: "1" | "any";
      readonly min: number;
      readonly max: number | undefined;
    }
  | { readonly kind: "flag" }
  | {
      readonly kind: "choice";
      readonly choices: readonly string[];
      readonly fallback: string | null;
      readonly isNumber: boolean;
    }
  | { readonly kind: "pairs"; readonly isNumber: boolean; readonly example: string }
  | { readonly kind: "group"; readonly fields: readonly Field[] }
);

const REFERENCE = "#/components/schemas/";

/** The schema with what it refers to, its own words over those of what it refers to. */
function whole(schema: JsonSchema, api: OpenApi): JsonSchema {
  const parts = [
    ...(schema.allOf ?? []),
    ...(schema.$ref?.startsWith(REFERENCE)
      ? [api.components.schemas[schema.$ref.slice(REFERENCE.length)] ?? {}]
      : []),
  ].map((part) => whole(part, api));
  return Object.assign({}, ...parts, schema) as JsonSchema;
}

function choicesOf({ enum: values, anyOf = [] }: JsonSchema): readonly unknown[] | null {
  if (values !== undefined) return values;
  const each = anyOf.map((one) => one.const ?? one.enum?.[0]);
  return each.length > 0 && each.every((value) => value !== undefined) ? each : null;
}

function exampleOf({ example }: JsonSchema): string {
  if (Array.isArray(example)) return example.join(", ");
  return typeof example === "string" || typeof example === "number" ? String(example) : "";
}

function fieldOf(path: string, name: string, given: JsonSchema, api: OpenApi): Field {
  const schema = whole(given, api);
  const { type, description = "", default: fallback, minimum = 0, maximum } = schema;
  const said = { path, title: titleOf(name), description };
  const choices = choicesOf(schema);
  if (choices !== null) {
    const isNumber = typeof choices[0] === "number";
    return {
      ...{ ...said, kind: "choice", isNumber, choices: choices.map(String) },
      fallback: fallback === undefined ? null : String(fallback),
    };
  }
  const example = exampleOf(schema) || (typeof fallback === "string" ? fallback : "");
  switch (type) {
    case "boolean":
      return { ...said, kind: "flag" };
    case "number":
    case "integer":
      return { ...said, kind: "number", step: type === "integer" ? "1" : "any", min: minimum, max: maximum };
    case "array":
      return { ...said, kind: "list", example };
    case "object": {
      const { properties, additionalProperties } = schema;
      if (properties !== undefined)
        return { ...said, kind: "group", fields: fieldsOf(schema, api, `${path}.`) };
      const value = typeof additionalProperties === "object" ? whole(additionalProperties, api) : {};
      const isNumber = value.type === "number";
      return { ...said, kind: "pairs", isNumber, example: isNumber ? "refunds.create=5" : "team=billing" };
    }
    default:
      return { ...said, kind: "text", example };
  }
}

/** A field for each property of a request: one that the API takes from now on stands in the form by itself. */
export function fieldsOf(given: JsonSchema, api: OpenApi, prefix = ""): Field[] {
  const { properties = {} } = whole(given, api);
  return Object.entries(properties).map(([name, schema]) => fieldOf(`${prefix}${name}`, name, schema, api));
}

const splitAtCommas = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** What a form says of a field, as the API takes it; undefined where it says nothing. */
function saidOf(field: Field, form: FormData): unknown {
  if (field.kind === "group") return valuesOf(field.fields, form, `${field.path}.`);
  const all = form.getAll(field.path).map((value) => String(value).trim());
  const text = all.join(",");
  if (text === "") return undefined;
  switch (field.kind) {
    case "text":
      return text;
    case "number":
      return Number(text);
    case "flag":
      return true;
    case "choice":
      return field.isNumber ? Number(text) : text;
    case "list":
      return splitAtCommas(text);
    case "pairs":
      return Object.fromEntries(
        splitAtCommas(text).map((pair) => {
          const [name = "", ...rest] = pair.split("=");
          const value = rest.join("=").trim();
          return [name.trim(), field.isNumber ? Number(value) : value];
        }),
      );
  }
}

/** The request that a form makes; undefined when nothing is said. */
export function valuesOf(
  fields: readonly Field[],
  form: FormData,
  prefix = "",
): Record<string, unknown> | undefined {
  const said = fields.flatMap((field) => {
    const value = saidOf(field, form);
    return value === undefined ? [] : [[field.path.slice(prefix.length), value] as const];
  });
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
