/** Who reads of a role's tools reads of those that the role has: the table of core is the one list. */
import { expect, test } from "vitest";
import { ROLE_NAMES, ROLES, type Role } from "../packages/core/src/tools/tools.ts";
import { isAdapter, readSource, workspacePackages } from "./workspace.ts";

const adapters = workspacePackages().filter(isAdapter);

/** The docstring of the function that makes a role's tools, on one line. */
function docstringOf(source: string, role: Role): string {
  const [, text] =
    new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*export function ${role}Tools\\b`).exec(source) ?? [];
  if (text === undefined) throw new Error(`${role}Tools has no docstring`);
  return text.replace(/\s+\*?\s*/g, " ");
}

const listOf = (role: Role) => ROLES[role].join(", ");

test("there are adapters", () => {
  expect(adapters.length).toBeGreaterThanOrEqual(6);
});

test.each(adapters.map(({ folder }) => folder))("%s: docstrings name what the roles have", (folder) => {
  const source = readSource(`${folder}/src/tools.ts`);
  expect(docstringOf(source, "billing")).toContain(`Tools that charge: ${listOf("billing")}. Throws`);
  expect(docstringOf(source, "refund")).toContain(`Tools that refund: ${listOf("refund")}. Throws`);
  const [, example = ""] = /Tools that only read, (\w+) among them/.exec(docstringOf(source, "audit")) ?? [];
  expect(ROLES.audit).toContain(example);
});

test("docs/frameworks/mcp.md shows the refund role's tools", () => {
  const page = readSource("docs/frameworks/mcp.md");
  expect(page).toContain(`await client.listTools(); // ${listOf("refund")}\n`);
});

test("the Python client is expected to see each role's tools", () => {
  const source = readSource("apps/python/tests/test_mcp.py");
  for (const role of ROLE_NAMES) {
    const [, list = ""] = new RegExp(`"${role}": \\{([^}]*)\\}`).exec(source) ?? [];
    expect([...list.matchAll(/"(\w+)"/g)].map(([, name]) => name)).toEqual([...ROLES[role]]);
  }
});
