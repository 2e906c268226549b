import { describe, expect, test } from "vitest";
import { createEnvironment, createPooledRandom, createSteadyClock, deadlineTime } from "./environment.ts";

describe("the steady clock", () => {
  function clock() {
    const world = { wall: 1_000_000, monotonic: 0, sinceBoot: 0 };
    const now = createSteadyClock(
      () => world.wall,
      () => world.monotonic,
      () => world.sinceBoot,
    );
    const pass = (ms: number) => {
      world.wall += ms;
      world.monotonic += ms;
      world.sinceBoot += ms;
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

  test("time that the machine slept has passed, by the wall clock and by the time since boot", () => {
    const { world, now, pass } = clock();
    pass(5_000);
    now();
    world.wall += 90_000_000;
    world.sinceBoot += 90_000_000;
    pass(1_000);
    expect(now()).toBe(91_006_000);
    pass(5_000);
    expect(now()).toBe(91_011_000);
  });

  test("of a sleep and a clock that was set meanwhile, only the sleep counts", () => {
    const { world, now, pass } = clock();
    world.wall += 90_000_000;
    world.sinceBoot += 3_600_000;
    pass(1_000);
    expect(now()).toBe(1_000_000 + 3_600_000 + 1_001);
    pass(10_000);
    expect(now()).toBe(1_000_000 + 3_600_000 + 11_011);
  });

  test("a sleep after which the clock was set back counts no further than the wall clock", () => {
    const { world, now, pass } = clock();
    world.wall += 60_000;
    world.sinceBoot += 3_600_000;
    pass(1_000);
    expect(now()).toBe(1_061_000);
  });
});

test("what ends follows the later of the two clocks; a clock that is given is both", () => {
  const world = { clock: 1000, wall: 2000 };
  const environment = createEnvironment({ clock: () => world.clock, wall: () => world.wall });
  expect(deadlineTime(environment)).toBe(2000);
  world.wall = 500;
  expect(deadlineTime(environment)).toBe(1000);
  expect(deadlineTime(createEnvironment({ clock: () => 7 }))).toBe(7);
});

describe("the pooled random bytes", () => {
  test("no two are alike, over many fillings of the pool, in every length", () => {
    const random = createPooledRandom();
    const seen = new Set<string>();
    for (let taken = 0; taken < 5_000; taken++) {
      const length = 10 + (taken % 23);
      const bytes = random(length);
      expect(bytes).toHaveLength(length);
      seen.add(Buffer.from(bytes).toString("hex").slice(0, 20));
    }
    expect(seen.size).toBe(5_000);
    expect(random(10_000)).toHaveLength(10_000);
  });

  test("what was given is the taker's own: no later taking shares its memory", () => {
    const random = createPooledRandom();
    const first = random(16);
    const copy = Uint8Array.from(first);
    for (let taken = 0; taken < 1_000; taken++) random(16).fill(0);
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(16);
  });
});
