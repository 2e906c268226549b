import { expect, test } from "vitest";
import { readSource, shippedFiles } from "../workspace.ts";
import { functionsOf } from "./functions.ts";

const LINES_MAX = 70;

/** Suites of contracts hold tests, as the body of a `describe` does: as long as there are tests. */
const SUITE = /^packages\/contract\/src\/(?:ledger\/\S+ \w+Section|vendor\/\S+ runVendorContract)$/;

const long = shippedFiles()
  .flatMap((file) =>
    functionsOf(file, readSource(file)).map((one) => ({ ...one, name: `${file} ${one.name}` })),
  )
  .filter(({ name, lines }) => lines > LINES_MAX && !SUITE.test(name));

test(`no function has more than ${LINES_MAX} lines`, () => {
  expect(long).toEqual([]);
});

const filler = (lines: number) => "  work();\n".repeat(lines);

test.each([
  ["declaration", `function one() {\n${filler(70)}}`],
  ["arrow function", `const one = async () => {\n${filler(70)}};`],
  ["method", `class Some {\n  one<T>(): T {\n${filler(70)}  }\n}`],
  ["property", `const some = {\n  one: function () {\n${filler(70)}  },\n};`],
  ["static block", `class one {\n  static {\n${filler(70)}  }\n}`],
  ["function in a function", `function outer() { return { one() {\n${filler(70)}} }; }`],
])("a %s that is too long is found", (_kind, source) => {
  expect(functionsOf("made-up.ts", source)).toContainEqual({ name: "one", lines: 72 });
});

test("a source that does not parse is an error, not an empty list", () => {
  expect(() => functionsOf("made-up.ts", "function (")).toThrow("made-up.ts");
});
