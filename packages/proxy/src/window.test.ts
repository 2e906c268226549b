import { expect, test } from "vitest";
import { formatWindow, parseWindow, windowInWords } from "./window.ts";

test.each([
  ["90m", "90m", "in 90 minutes"],
  ["60m", "1h", "in 1 hour"],
  ["1440m", "24h", "in 24 hours"],
  ["1d", "24h", "in 24 hours"],
  ["36h", "36h", "in 36 hours"],
  ["48h", "2d", "in 2 days"],
  ["30d", "30d", "in 30 days"],
  ["lifetime", "lifetime", "in all"],
])("%s is shown as %s, and said as %s", (text, shown, words) => {
  const windowMs = parseWindow(text);
  if (windowMs === undefined) throw new Error(`${text} is no window`);
  expect([formatWindow(windowMs), windowInWords(windowMs)]).toEqual([shown, words]);
});

test.each(["", "0h", "24", "1.5h", "367d", "-1h", "forever"])("%j is no window", (text) => {
  expect(parseWindow(text)).toBeUndefined();
});
