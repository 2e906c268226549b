import { expect, test } from "vitest";
import { amountOf, dollars, micros, minor } from "./money.ts";

test("money is shown to the last millionth, however much it is", () => {
  expect([0, 1, 10_000, 7_900, 29_000_000, 9_007_199_254_740_991].map(micros)).toEqual([
    ...["$0.00", "$0.000001", "$0.01", "$0.0079", "$29.00", "$9,007,199,254.740991"],
  ]);
  expect([0.1 + 0.2, 500, 1234.567891].map(dollars)).toEqual(["$0.30", "$500.00", "$1,234.567891"]);
});

test("other currencies are shown as the vendor counts them, with dollars beside them", () => {
  expect([minor(2900, "eur"), minor(2900, "jpy"), minor(2900, "kwd"), minor(5, "?")]).toEqual([
    ...["€29.00", "¥2,900", "KWD\u00a02.900", "0.05 ?"],
  ]);
  const priced = { amount_minor: 2900, currency: "eur", usd_micros: 31_500_000 };
  expect(amountOf(priced)).toBe("€29.00 ($31.50)");
  expect(amountOf({ ...priced, currency: "usd", usd_micros: 29_000_000 })).toBe("$29.00");
  expect(amountOf({ amount_minor: null, currency: null, usd_micros: 0 })).toBe("");
});
