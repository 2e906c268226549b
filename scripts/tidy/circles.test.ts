import { describe, expect, test } from "vitest";
import { readSource, shippedFiles } from "../workspace.ts";
import { circlesOf, importGraph } from "./circles.ts";

const circles = circlesOf(importGraph(new Map(shippedFiles().map((file) => [file, readSource(file)]))));
describe("imports", () => {
  test("no files import each other in a circle, for types neither", () => {
    expect(circles).toEqual([]);
  });
});

const circlesIn = (sources: Readonly<Record<string, string>>) =>
  circlesOf(importGraph(new Map(Object.entries(sources))));

test.each([
  ["values", 'import { b } from "./b.ts";'],
  ["types", 'import type { B } from "./b.ts";'],
  ["a re-export", 'export * from "./b.ts";'],
  ["a later import", 'const b = () => import("./b.ts");'],
  ["a type in place", 'let b: import("./b.ts").B;'],
])("a circle closed by %s is found", (_what, source) => {
  const b = 'import { c } from "../x/c.ts";';
  const c = 'import { a } from "./a.ts";';
  expect(circlesIn({ "x/a.ts": source, "x/b.ts": b, "x/c.ts": c })).toEqual([["x/a.ts", "x/b.ts", "x/c.ts"]]);
});

test("two circles are two, and what only leads to one is in none", () => {
  const sources = {
    "a.ts": 'import "./b.ts";',
    "b.ts": 'import "./a.ts";\nimport "./c.ts";',
    "c.ts": 'import "./d.ts";',
    "d.ts": 'import "./c.ts";',
    "e.ts": 'import "./a.ts";',
  };
  expect(circlesIn(sources)).toEqual([
    ["a.ts", "b.ts"],
    ["c.ts", "d.ts"],
  ]);
});
