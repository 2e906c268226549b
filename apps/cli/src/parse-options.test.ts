import { expect, test } from "vitest";
import {
  parseCount,
  parseDuration,
  parseInstant,
  parseLabel,
  parseUsd,
  parseVaultKeyId,
} from "./parse-options.ts";

const NOW = Date.parse("2026-06-10T12:00:00Z");

test("dollars have at most six decimals", () => {
  const texts = ["500", "12.50", "0", "0.0079", "1.000001"];
  expect(texts.map(parseUsd)).toEqual([500, 12.5, 0, 0.0079, 1.000001]);
  for (const text of ["", "-1", "1.2345678", "1.", "1e3", "$5", "1,000", " 1"]) {
    expect(() => parseUsd(text), text).toThrow("US dollars");
  }
});

test("durations are seconds unless a unit says otherwise", () => {
  expect(["3600", "90s", "30m", "24h", "7d"].map(parseDuration)).toEqual([3600, 90, 1800, 86_400, 604_800]);
  for (const text of ["", "h", "1w", "1.5h", "-3"])
    expect(() => parseDuration(text), text).toThrow("seconds");
});

test("an instant is ISO 8601, or how long ago", () => {
  expect(parseInstant("2026-06-01T12:00:00+02:00", NOW)).toBe("2026-06-01T10:00:00.000Z");
  expect(parseInstant("2026-06-01", NOW)).toBe("2026-06-01T00:00:00.000Z");
  expect(parseInstant("90m", NOW)).toBe("2026-06-10T10:30:00.000Z");
  for (const text of ["", "yesterday", "5", "2026-13-01", "999999999d"]) {
    expect(() => parseInstant(text, NOW), text).toThrow("Give a time");
  }
});

test("counts, labels and ids", () => {
  expect(parseCount("10")).toBe(10);
  for (const text of ["", "-1", "1.5", "ten"]) expect(() => parseCount(text), text).toThrow("whole number");
  expect(parseLabel("team=a=b")).toEqual(["team", "a=b"]);
  for (const text of ["team", "=x"]) expect(() => parseLabel(text), text).toThrow("label");
  expect(parseVaultKeyId("key_01")).toBe("key_01");
  expect(() => parseVaultKeyId("vk_test_abc")).toThrow("vault key itself");
  for (const text of ["", "../admin", "a b"]) expect(() => parseVaultKeyId(text), text).toThrow("id");
});
