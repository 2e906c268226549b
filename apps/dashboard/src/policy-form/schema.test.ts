import { expect, test } from "vitest";
import { fieldsOf, type JsonSchema, type OpenApi, valuesOf } from "./schema.ts";

const APPROVAL: JsonSchema = {
  type: "object",
  description: "Of its own",
  properties: { above_usd: { type: "number", minimum: 0, description: "Above" } },
};
const api: OpenApi = { components: { schemas: { Approval: APPROVAL } } };

const FIELDS = fieldsOf(
  {
    type: "object",
    properties: {
      name: { type: "string", description: "Its name", example: "june" },
      max_calls: { type: "integer", minimum: 1, maximum: 9, description: "Most calls" },
      currencies: { type: "array", description: "These alone", example: ["usd", "eur"] },
      simulate: { type: "boolean", default: false, description: "Nothing is sent" },
      cap_status: { anyOf: [{ enum: [429] }, { const: 402 }], default: 429, description: "The status" },
      dedupe: { type: "string", enum: ["auto", "act"], default: "auto", description: "How" },
      assume_usd: { type: "object", additionalProperties: { type: "number" }, description: "Counts" },
      labels: { type: "object", additionalProperties: { type: "string" }, description: "Found by" },
      approval: { allOf: [{ $ref: "#/components/schemas/Approval" }], description: "When asked" },
    },
  },
  api,
);

function form(said: Readonly<Record<string, string>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(said)) data.append(name, value);
  return data;
}

test("each property has its field, in its own words, and what stands elsewhere is looked up", () => {
  expect(FIELDS.map(({ path, kind, title }) => [path, kind, title])).toEqual([
    ["name", "text", "Name"],
    ["max_calls", "number", "Max calls"],
    ["currencies", "list", "Currencies"],
    ["simulate", "flag", "Simulate"],
    ["cap_status", "choice", "Cap status"],
    ["dedupe", "choice", "Dedupe"],
    ["assume_usd", "pairs", "Assume USD"],
    ["labels", "pairs", "Labels"],
    ["approval", "group", "Approval"],
  ]);
  expect(FIELDS[4]).toMatchObject({ choices: ["429", "402"], fallback: "429", isNumber: true });
  expect(FIELDS[8]).toMatchObject({
    description: "When asked",
    fields: [{ path: "approval.above_usd", kind: "number", step: "any", description: "Above" }],
  });
});

test("what a form says is what the API takes, and what it does not say is left out", () => {
  expect(valuesOf(FIELDS, form({ name: " ", currencies: "" }))).toBeUndefined();
  const said = form({
    ...{ name: " june ", max_calls: "7", currencies: "usd, eur,", simulate: "yes", cap_status: "402" },
    ...{ assume_usd: "a.create=0.5", labels: "team=a=b, env = prod", "approval.above_usd": "50" },
  });
  expect(valuesOf(FIELDS, said)).toEqual({
    ...{ name: "june", max_calls: 7, currencies: ["usd", "eur"], simulate: true, cap_status: 402 },
    ...{ assume_usd: { "a.create": 0.5 }, labels: { team: "a=b", env: "prod" } },
    approval: { above_usd: 50 },
  });
});
