import { expect, test } from "vitest";
import { ratioOf, spreadOf } from "./statistics.ts";

test("median, least and most", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spreadOf([5])).toEqual({ median: 5, min: 5, max: 5 });
});

test("ratios are taken round by round: a slow minute of the machine is not in them", () => {
  expect(ratioOf([50, 5, 500], [100, 10, 1000])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
});
