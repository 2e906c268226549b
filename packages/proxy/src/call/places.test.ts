import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { createPlaces } from "./places.ts";

test("a key takes its share and no more; what it gives back it may take again", () => {
  const places = createPlaces();
  for (let call = 0; call < LIMITS.callsInFlightPerKey; call += 1) expect(places.take("a")).toBe(true);
  expect(places.take("a")).toBe(false);
  expect(places.take("b")).toBe(true);
  places.release("a");
  expect(places.take("a")).toBe(true);
  expect(places.take("a")).toBe(false);
});

test("all keys together take the limit and no more", () => {
  const places = createPlaces();
  for (let call = 0; call < LIMITS.callsInFlight; call += 1) {
    expect(places.full()).toBe(false);
    expect(places.take(`key-${call % 100}`)).toBe(true);
  }
  expect(places.full()).toBe(true);
  expect(places.take("another")).toBe(false);
  places.release("key-1");
  expect(places.take("another")).toBe(true);
});
