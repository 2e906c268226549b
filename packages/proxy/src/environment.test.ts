import { describe, expect, test } from "vitest";
import { createSteadyClock } from "./environment.ts";

describe("the steady clock", () => {
  function clock() {
    const world = { wall: 1_000_000, monotonic: 0 };
    const now = createSteadyClock(
      () => world.wall,
      () => world.monotonic,
    );
    const pass = (ms: number) => {
      world.wall += ms;
      world.monotonic += ms;
    };
    return { world, now, pass };
  }

  test("follows the wall clock while that is steady", () => {
    const { now, pass } = clock();
    pass(5000);
    expect(now()).toBe(1_005_000);
  });

  test("a day's step forward does not empty a window: time goes on as before, 0.1 % faster", () => {
    const { world, now, pass } = clock();
    world.wall += 86_400_000;
    pass(1000);
    expect(now()).toBe(1_001_001);
  });

  test("a step back never turns time back", () => {
    const { world, now, pass } = clock();
    pass(1000);
    const before = now();
    world.wall -= 3_600_000;
    pass(1000);
    expect(now()).toBe(before + 999);
  });

  test("a small difference is made up for", () => {
    const { world, now, pass } = clock();
    world.wall += 5;
    for (let second = 0; second < 10; second++) {
      pass(1000);
      now();
    }
    expect(now()).toBe(1_010_005);
  });
});
