import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configSchemaText, SCHEMA_FILE } from "./config-schema.ts";

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

test("the published schema of keybrake.yaml is what validates it: node scripts/config-schema.ts", () => {
  expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(configSchemaText());
});

/** Every named field, and every place that takes names which it does not know. */
function* fieldsOf(schema: Schema, path: string): Generator<readonly [path: string, of: Schema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, field];
    yield* fieldsOf(field, `${path}.${name}`);
  }
  if (typeof schema.additionalProperties === "object")
    yield* fieldsOf(schema.additionalProperties, `${path}.*`);
}

test("it explains each field, and takes no name that it does not know", () => {
  const fields = [...fieldsOf(JSON.parse(configSchemaText()) as Schema, "")];
  expect(fields.length).toBeGreaterThan(60);
  expect(fields.filter(([, { description = "" }]) => description === "").map(([path]) => path)).toEqual([]);
  const open = fields.filter(
    ([, { type, additionalProperties }]) => type === "object" && additionalProperties === undefined,
  );
  expect(open.map(([path]) => path)).toEqual([]);
});
