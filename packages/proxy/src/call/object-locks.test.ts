import { expect, test } from "vitest";
import { createObjectLocks } from "./object-locks.ts";

const inTime = () => false;
const late = () => true;

test("an object is one call's at a time, in the order in which they came", async () => {
  const locks = createObjectLocks(null);
  const first = locks.take(["in_1"], inTime);
  expect(first).toBeTypeOf("function");
  expect(locks.take(["in_2"], inTime)).toBeTypeOf("function");
  const order: string[] = [];
  const later = ["second", "third"].map(async (name) => {
    const release = await locks.take(["in_1"], inTime);
    order.push(name);
    release?.();
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(order).toEqual([]);
  (await first)?.();
  await Promise.all(later);
  expect(order).toEqual(["second", "third"]);
  expect(locks.take(["in_1"], inTime)).toBeTypeOf("function");
});

test("who waits too long gets nothing, and holds nobody up", async () => {
  const locks = createObjectLocks(null);
  const first = await locks.take(["ch_1"], inTime);
  const tooLate = locks.take(["ch_0", "ch_1"], late);
  const patient = locks.take(["ch_1"], inTime);
  expect(await tooLate).toBeNull();
  expect(locks.take(["ch_0"], late)).toBeTypeOf("function");
  first?.();
  expect(await patient).toBeTypeOf("function");
});

test("two calls about the same two objects never wait for each other", async () => {
  const locks = createObjectLocks(null);
  const holder = await locks.take(["a", "b"], inTime);
  const one = locks.take(["b", "a"], inTime);
  const other = locks.take(["a", "b", "a"], inTime);
  holder?.();
  (await one)?.();
  expect(await other).toBeTypeOf("function");
});
