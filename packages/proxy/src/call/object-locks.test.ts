import { expect, test } from "vitest";
import { createObjectLocks } from "./object-locks.ts";

test("an object is one call's at a time, in the order in which they came", async () => {
  const locks = createObjectLocks();
  const first = locks.take(["in_1"], 1000);
  expect(first).toBeTypeOf("function");
  expect(locks.take(["in_2"], 1000)).toBeTypeOf("function");
  const order: string[] = [];
  const later = ["second", "third"].map(async (name) => {
    const release = await locks.take(["in_1"], 1000);
    order.push(name);
    release?.();
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(order).toEqual([]);
  (await first)?.();
  await Promise.all(later);
  expect(order).toEqual(["second", "third"]);
  expect(locks.take(["in_1"], 1000)).toBeTypeOf("function");
});

test("who waits too long gets nothing, and holds nobody up", async () => {
  const locks = createObjectLocks();
  const first = await locks.take(["ch_1"], 1000);
  const late = locks.take(["ch_0", "ch_1"], 10);
  const patient = locks.take(["ch_1"], 1000);
  expect(await late).toBeNull();
  expect(locks.take(["ch_0"], 10)).toBeTypeOf("function");
  first?.();
  expect(await patient).toBeTypeOf("function");
});

test("two calls about the same two objects never wait for each other", async () => {
  const locks = createObjectLocks();
  const holder = await locks.take(["a", "b"], 1000);
  const one = locks.take(["b", "a"], 1000);
  const other = locks.take(["a", "b", "a"], 1000);
  holder?.();
  (await one)?.();
  expect(await other).toBeTypeOf("function");
});
