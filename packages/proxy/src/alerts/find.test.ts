import type { SeenCall } from "@keybrake/ledger";
import { expect, test } from "vitest";
import { burstsIn, thresholdsReached } from "./find.ts";

test.each([
  [0, 100, []],
  [100, 0, []],
  [100, 49, []],
  [100, 50, [50]],
  [100, 99, [50, 80]],
  [100, 100, [50, 80, 100]],
  [100, 250, [50, 80, 100]],
  [3, 2, [50]],
  // The largest cap that there is: no figure is rounded.
  [10_000_000_000_000, 7_999_999_999_999, [50]],
])("of a cap of %i micros, %i have reached %j percent", (cap, used, reached) => {
  expect(thresholdsReached(cap, used, [50, 80, 100])).toEqual(reached);
});

function rows(
  ...made: readonly (readonly [key: string, at: number, times?: number, code?: string])[]
): SeenCall[] {
  return made.map(([vaultKeyId, bookedAt, times = 1, code = "rate_limited"], sequence) => ({
    ...{ sequence, bookedAt, vaultKeyId, vaultKeyName: `name of ${vaultKeyId}`, times, code },
    ...{ simulate: false, decision: "denied", usdMicros: 0 },
  }));
}

const three = { most: 3, withinMs: 100 };

test("a burst is so many calls of one key, wherever in the rows it is", () => {
  expect(burstsIn(rows(["a", 0], ["b", 1], ["a", 50], ["b", 60]), three)).toEqual([]);
  expect(burstsIn(rows(["a", 0], ["a", 60], ["a", 101], ["a", 400]), three)).toEqual([]);
  const found = burstsIn(
    rows(["a", 0], ["b", 5], ["a", 90, 1, "card_declined"], ["a", 100], ["a", 900]),
    three,
  );
  expect(found).toEqual([
    {
      ...{ vaultKeyId: "a", vaultKeyName: "name of a", calls: 3, endedAt: 100 },
      codes: { rate_limited: 2, card_declined: 1 },
    },
  ]);
});

test("a row counts as often as it says, and the largest burst is the one that is told", () => {
  const found = burstsIn(rows(["a", 0], ["a", 10, 2], ["a", 500, 7], ["a", 550, 4], ["a", 900]), three);
  expect(found).toMatchObject([{ calls: 11 }]);
});
