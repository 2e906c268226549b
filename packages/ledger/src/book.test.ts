import { expect, test } from "vitest";
import { bookExpire, bookHold, bookRemainingMicros, bookSettle, leastRemainingMicros } from "./book.ts";

const BOOK = { name: null, capMicros: 100, windowMs: 1000, heldMicros: 30, postedMicros: 20 };

test("holds, releases, postings and expiries move the two counters", () => {
  expect(bookHold(BOOK, 50)).toEqual({ ...BOOK, heldMicros: 80 });
  expect(bookSettle(BOOK, 30, 0)).toEqual({ ...BOOK, heldMicros: 0 });
  expect(bookSettle(BOOK, 0, 500)).toEqual({ ...BOOK, postedMicros: 520 });
  expect(bookExpire(BOOK, 20)).toEqual({ ...BOOK, postedMicros: 0 });
  expect(bookRemainingMicros(BOOK)).toBe(50);
  expect(bookRemainingMicros(bookSettle(BOOK, 0, 500))).toBe(0);
  expect(bookRemainingMicros({ ...BOOK, capMicros: null })).toBeNull();
});

test("what remains of several books is the least", () => {
  const uncapped = { ...BOOK, capMicros: null };
  expect(leastRemainingMicros([uncapped, BOOK, { ...BOOK, capMicros: 90 }])).toBe(40);
  expect(leastRemainingMicros([uncapped])).toBeNull();
  expect(leastRemainingMicros([])).toBeNull();
});

test("what would make the books wrong is not done, in production neither", () => {
  const wrong = [
    () => bookHold(BOOK, 51),
    () => bookHold(BOOK, 0.5),
    () => bookHold(BOOK, -31),
    () => bookHold(BOOK, Number.NaN),
    () => bookSettle(BOOK, 31, 0),
    () => bookExpire(BOOK, 21),
    () => bookSettle(BOOK, 0, Number.MAX_SAFE_INTEGER),
  ];
  for (const attempt of wrong) {
    expect(attempt).toThrow(expect.objectContaining({ code: "assertion_failed" }));
  }
});
