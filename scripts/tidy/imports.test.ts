import { expect, test } from "vitest";
import { importsOf } from "./imports.ts";

test.each([
  ["values", 'import { b } from "./b.ts";'],
  ["values over several lines", 'import {\n  b,\n} from "./b.ts";'],
  ["in single quotes", "import { b } from './b.ts';"],
  ["with a comment inside", 'import { b } /* ; */ from /* the other */ "./b.ts";'],
  ["for what it does", 'import "./b.ts";'],
  ["behind other code on the line", 'const a = 1; import { b } from "./b.ts";'],
  ["types", 'import type { B } from "./b.ts";'],
  ["a re-export", 'export { b } from "./b.ts";'],
  ["a re-export of everything", "export * from './b.ts';"],
  ["later", 'const b = () => import("./b.ts");'],
  ["later, with a comment inside", 'const b = () => import(/* webpackIgnore: true */ "./b.ts");'],
  ["later, in single quotes", "const b = await import('./b.ts');"],
  ["later, in backticks", "const b = await import(`./b.ts`);"],
  ["a type in place", "let b: import('./b.ts').B;"],
])("an import is found: %s", (_how, source) => {
  expect(importsOf(source)).toEqual(["./b.ts"]);
});

test("what only looks like one is none, and what does not parse is an error", () => {
  expect(importsOf('const text = \'import { b } from "./b.ts"\'; // import "./b.ts"')).toEqual([]);
  expect(() => importsOf("import {")).toThrow();
});
