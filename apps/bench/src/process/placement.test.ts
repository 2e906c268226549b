import { expect, test } from "vitest";
import { parseCores } from "./placement.ts";

test.each([
  ["0-1", [0, 1]],
  ["2", [2]],
  ["0-2,5,7-8\n", [0, 1, 2, 5, 7, 8]],
])("cores %j", (list, cores) => {
  expect(parseCores(list)).toEqual(cores);
});
