import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRates, toUsdMicros } from "../../rates.ts";
import { currenciesIn, minorPerMajor } from "./currencies.ts";
import { decodeForm } from "./form.ts";

const rates = parseRates({
  eur: "1.0850",
  JPY: "0.0067",
  kwd: "3.25",
  clp: "0.001",
  gbp: "1",
  isk: "0.0073123456",
});
const toMicros = (amountMinor: number, currency: string) =>
  toUsdMicros({ amountMinor, currency }, rates, { minorPerMajor });

describe("toUsdMicros", () => {
  test.each<[number, string, number | null]>([
    [0, "usd", 0],
    [1, "usd", 10_000],
    [1999, "USD", 19_990_000],
    [100, "eur", 1_085_000],
    [10_000, "eur", 108_500_000],
    [1, "eur", 10_850],
    [1000, "jpy", 6_700_000],
    [1, "jpy", 6700],
    [1000, "kwd", 3_250_000],
    [10, "kwd", 32_500],
    [1, "clp", 1000],
    [100, "gbp", 1_000_000],
    // 73.123456 and 7312.3456 millionths: never a fraction less than it is.
    [1, "isk", 74],
    [100, "isk", 7313],
    [100, "chf", null],
    [100, "", null],
    [100, "__proto__", null],
    [-1, "usd", null],
    [1.5, "usd", null],
    [Number.NaN, "usd", null],
    [2 ** 53, "usd", null],
    [900_719_925_474, "usd", 9_007_199_254_740_000],
    [900_719_925_475, "usd", null],
    [Number.MAX_SAFE_INTEGER, "usd", null],
    [Number.MAX_SAFE_INTEGER, "eur", null],
  ])("%d %s is %s", (amount, currency, micros) => {
    expect(toMicros(amount, currency)).toBe(micros);
  });

  test("never counts less than the exact value, and never a whole millionth more", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 999_999_999 }),
        fc.constantFrom("eur", "jpy", "kwd", "isk"),
        (amount, currency) => {
          const micros = BigInt(toMicros(amount, currency) ?? -1);
          // In units of 10^-6 millionths: the exact value as an integer.
          const rate = {
            eur: 10_850_000_000n,
            jpy: 6_700_000_000n,
            kwd: 3_250_000_000n,
            isk: 73_123_456n,
          }[currency];
          const exact = BigInt(amount) * (rate ?? 0n);
          expect(micros * 1_000_000n >= exact).toBe(true);
          expect((micros - 1n) * 1_000_000n < exact).toBe(true);
        },
      ),
    );
  });
});

test("how currencies are divided", () => {
  expect([minorPerMajor("usd"), minorPerMajor("JPY"), minorPerMajor("kwd"), minorPerMajor("isk")]).toEqual([
    100, 1, 1000, 100,
  ]);
});

test.each([
  ["currency=EUR&amount=1", ["eur"]],
  ["line_items[0][price_data][currency]=gbp&line_items[1][price_data][currency]= usd", ["gbp", "usd"]],
  ["from_currency=usd&to_currencies[]=eur&settlement_currency=jpy", ["usd", "jpy"]],
  ["metadata[currency]=eur&description=currency", []],
  ["currency=", [""]],
])("%s names %j", (form, currencies) => {
  const decoded = decodeForm(form);
  if (!decoded.ok) throw new Error(decoded.message);
  expect(currenciesIn(decoded.params)).toEqual(currencies);
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
