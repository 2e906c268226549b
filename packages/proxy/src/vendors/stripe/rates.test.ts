import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minorPerMajor, parseRates, toUsdCents } from "./rates.ts";

const rates = parseRates({ eur: "1.0850", JPY: "0.0067", kwd: "3.25", clp: "0.001", gbp: "1" });

describe("toUsdCents", () => {
  test.each<[number, string, number | null]>([
    [0, "usd", 0],
    [1, "usd", 1],
    [1999, "USD", 1999],
    [100, "eur", 109],
    [10_000, "eur", 10_850],
    [1, "eur", 2],
    [1000, "jpy", 670],
    [1, "jpy", 1],
    [1000, "kwd", 325],
    [10, "kwd", 4],
    [1, "clp", 1],
    [100, "gbp", 100],
    [100, "chf", null],
    [100, "", null],
    [100, "__proto__", null],
    [-1, "usd", null],
    [1.5, "usd", null],
    [Number.NaN, "usd", null],
    [2 ** 53, "usd", null],
    [Number.MAX_SAFE_INTEGER, "usd", Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, "eur", null],
  ])("%d %s is %s", (amount, currency, cents) => {
    expect(toUsdCents(amount, currency, rates)).toBe(cents);
  });

  test("never counts less than the exact value, and never a whole cent more", () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999 }), fc.constantFrom("eur", "jpy", "kwd"), (amount, currency) => {
        const cents = BigInt(toUsdCents(amount, currency, rates) ?? -1);
        // In units of 10^-6 cents: the exact value as an integer.
        const rate = { eur: 1_085_000n, jpy: 670_000n, kwd: 325_000n }[currency] ?? 0n;
        const exact = BigInt(amount) * rate;
        expect(cents * 1_000_000n >= exact).toBe(true);
        expect((cents - 1n) * 1_000_000n < exact).toBe(true);
      }),
    );
  });
});

test("how currencies are divided", () => {
  expect([minorPerMajor("usd"), minorPerMajor("JPY"), minorPerMajor("kwd"), minorPerMajor("isk")]).toEqual([
    100, 1, 1000, 100,
  ]);
});

describe("parseRates refuses", () => {
  test.each<[string, unknown]>([
    ["nothing", null],
    ["a list", []],
    ["a number", { eur: 1.08 }],
    ["an exponent", { eur: "1e3" }],
    ["a sign", { eur: "-1" }],
    ["zero", { eur: "0.000" }],
    ["a comma", { eur: "1,08" }],
    ["empty text", { eur: "" }],
    ["too many digits", { eur: "1.0000000000001" }],
    ["a long name", { euro: "1" }],
    ["usd", { usd: "1" }],
    ["one currency twice", { eur: "1", EUR: "2" }],
  ])("%s", (_name, json) => {
    expect(() => parseRates(json)).toThrow(/Rate/);
  });
});
