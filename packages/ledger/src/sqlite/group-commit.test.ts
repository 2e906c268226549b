import { expect, test } from "vitest";
import { createGroupCommit } from "./group-commit.ts";

/** A writer over a driver that only writes down what it is told, and a clock that the test turns. */
function setUp(fail: (sql: string) => boolean = () => false) {
  const log: string[] = [];
  const turns: (() => void)[] = [];
  const committed: string[][] = [];
  const writer = createGroupCommit<string[]>({
    driver: {
      exec: (sql) => {
        log.push(sql);
        if (fail(sql)) throw Object.assign(new Error("disk I/O error"), { errcode: 10 });
      },
      prepare: () => {
        throw new Error("not used here");
      },
      close: () => {},
    },
    schedule: (callback) => turns.push(callback),
    operationsMax: 3,
    begin: () => [],
    flush: (unit) => unit.push("flushed"),
    committed: (unit) => committed.push(unit),
  });
  const operation = (name: string) => (unit: string[]) => {
    log.push(name);
    unit.push(name);
    return name;
  };
  const poison = (unit: string[]) => {
    unit.push("poison");
    throw new Error("poison");
  };
  return { log, turns, committed, writer, operation, poison };
}

test("all that wait share one transaction, in order, and hear of it after the commit", async () => {
  const { log, turns, committed, writer, operation } = setUp();
  const answers = Promise.all([writer.submit(operation("a")), writer.submit(operation("b"))]);
  expect(log).toEqual([]);
  expect(turns).toHaveLength(1);
  turns.shift()?.();
  expect(log).toEqual(["BEGIN IMMEDIATE", "a", "b", "COMMIT"]);
  expect(committed).toEqual([["a", "b", "flushed"]]);
  expect(await answers).toEqual(["a", "b"]);
});

test("a batch has its bound; the rest waits for the next turn", async () => {
  const { turns, committed, writer, operation } = setUp();
  const answers = Promise.all(["a", "b", "c", "d"].map((name) => writer.submit(operation(name))));
  turns.shift()?.();
  expect(committed).toEqual([["a", "b", "c", "flushed"]]);
  turns.shift()?.();
  expect(committed.at(1)).toEqual(["d", "flushed"]);
  expect(turns).toEqual([]);
  expect(await answers).toHaveLength(4);
});

test("a poison operation fails alone: rolled back, then each in a transaction and a unit of its own", async () => {
  const { log, turns, committed, writer, operation, poison } = setUp();
  const answers = Promise.allSettled([
    writer.submit(operation("a")),
    writer.submit(poison),
    writer.submit(operation("b")),
  ]);
  turns.shift()?.();
  expect(log).toEqual([
    ...["BEGIN IMMEDIATE", "a", "ROLLBACK"],
    ...["BEGIN IMMEDIATE", "a", "COMMIT"],
    ...["BEGIN IMMEDIATE", "ROLLBACK"],
    ...["BEGIN IMMEDIATE", "b", "COMMIT"],
  ]);
  expect(committed).toEqual([
    ["a", "flushed"],
    ["b", "flushed"],
  ]);
  const [first, second, third] = await answers;
  expect([first, third]).toEqual([
    { status: "fulfilled", value: "a" },
    { status: "fulfilled", value: "b" },
  ]);
  expect(second).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
});

test.each(["BEGIN IMMEDIATE", "COMMIT"])("when %s fails, nobody is told of a success", async (failing) => {
  let isBroken = true;
  const { log, turns, committed, writer, operation } = setUp((sql) => isBroken && sql === failing);
  const answers = Promise.allSettled([writer.submit(operation("a")), writer.submit(operation("b"))]);
  turns.shift()?.();
  for (const answer of await answers) {
    expect(answer).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
  }
  expect(committed).toEqual([]);
  // Not tried again for each: what failed was nobody's own.
  expect(log.filter((entry) => entry === "BEGIN IMMEDIATE")).toHaveLength(1);
  isBroken = false;
  const later = writer.submit(operation("c"));
  turns.shift()?.();
  expect(await later).toBe("c");
});

test("close runs what waits and refuses what comes", async () => {
  const { committed, writer, operation } = setUp();
  const answers = Promise.all(["a", "b", "c", "d"].map((name) => writer.submit(operation(name))));
  writer.close();
  expect(await answers).toHaveLength(4);
  expect(committed).toHaveLength(2);
  await expect(writer.submit(operation("e"))).rejects.toMatchObject({ code: "store_closed" });
});
