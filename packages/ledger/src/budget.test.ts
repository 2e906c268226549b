import { expect, test } from "vitest";
import { budgetExpire, budgetHold, budgetPost, budgetRelease, budgetRemainingCents } from "./budget.ts";

const BUDGET = { name: null, capCents: 100, heldCents: 30, postedCents: 20 };

test("holds, releases, postings and expiries move the two counters", () => {
  expect(budgetHold(BUDGET, 50)).toEqual({ ...BUDGET, heldCents: 80 });
  expect(budgetRelease(BUDGET, 30)).toEqual({ ...BUDGET, heldCents: 0 });
  expect(budgetPost(BUDGET, 500)).toEqual({ ...BUDGET, postedCents: 520 });
  expect(budgetExpire(BUDGET, 20)).toEqual({ ...BUDGET, postedCents: 0 });
  expect(budgetRemainingCents(BUDGET)).toBe(50);
  expect(budgetRemainingCents(budgetPost(BUDGET, 500))).toBe(0);
  expect(budgetRemainingCents({ ...BUDGET, capCents: null })).toBeNull();
});

test("what would make the books wrong is not done, in production neither", () => {
  const wrong = [
    () => budgetHold(BUDGET, 51),
    () => budgetHold(BUDGET, 0.5),
    () => budgetHold(BUDGET, -31),
    () => budgetHold(BUDGET, Number.NaN),
    () => budgetRelease(BUDGET, 31),
    () => budgetExpire(BUDGET, 21),
    () => budgetPost(BUDGET, Number.MAX_SAFE_INTEGER),
  ];
  for (const attempt of wrong) {
    expect(attempt).toThrow(expect.objectContaining({ code: "assertion_failed" }));
  }
});
