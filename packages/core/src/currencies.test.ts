import { expect, test } from "vitest";
import { currencyDecimals } from "./currencies.ts";

test.each([
  ["usd", 2],
  ["EUR", 2],
  ["isk", 2],
  ["huf", 2],
  ["jpy", 0],
  ["JPY", 0],
  ["ugx", 0],
  ["kwd", 3],
  ["TND", 3],
  ["", 2],
  ["constructor", 2],
] as const)("%s has %i decimals", (code, decimals) => {
  expect(currencyDecimals(code)).toBe(decimals);
});
