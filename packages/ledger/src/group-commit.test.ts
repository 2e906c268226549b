import { expect, test, vi } from "vitest";
import { LedgerError } from "./errors.ts";
import { createGroupCommit, type Operation } from "./group-commit.ts";
import type { Changes, LoadedState, Needs } from "./store.ts";

const EMPTY: LoadedState = {
  stops: [],
  now: 0,
  firstNumber: { call: 1, key: 1, budget: 1 },
  keys: new Map(),
  calls: new Map(),
  claims: new Map(),
  takenCallIds: new Set(),
  takenKeyIds: new Set(),
  takenKeyHashes: new Set(),
  budgets: new Map(),
  books: new Map(),
  objects: new Map(),
  approvals: new Map(),
};

/** A group commit over a store that only writes down what it is told, and a clock that the test turns. */
function setUp() {
  const log: string[] = [];
  const turns: (() => void)[] = [];
  const committed: string[] = [];
  const batches: [operations: number, isDone: boolean][] = [];
  const store = {
    /** What the next transactions fail with, once each. */
    failures: [] as (LedgerError | null)[],
    /** When set, a commit takes until it resolves. */
    commit: Promise.resolve(),
    transact: async (needs: Needs, decide: (state: LoadedState) => Changes) => {
      log.push(`begin ${needs.at}`);
      const { deadOwners } = decide(structuredClone(EMPTY));
      const failure = store.failures.shift() ?? null;
      await store.commit;
      log.push(failure === null ? `commit ${deadOwners}` : "rollback");
      if (failure !== null) throw failure;
    },
  };
  const writer = createGroupCommit({
    store,
    schedule: (callback) => turns.push(callback),
    operationsMax: 3,
    ran: (batch) => void batches.push([batch.operations, batch.isDone]),
    committed: (answered) => {
      committed.push(...answered);
    },
  });
  const operation = (name: string, at = 0): Operation<string> => ({
    declare: (needs) => {
      needs.at = Math.max(needs.at, at);
    },
    plan: () => ({ result: name, changes: { deadOwners: [name], answered: name } }),
  });
  const turn = async () => {
    turns.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { log, turns, turn, committed, batches, store, writer, operation };
}

const poison: Operation<string> = {
  declare: () => {},
  plan: () => {
    throw new LedgerError("call_exists", "poison");
  },
};

test("all that wait share one transaction, in order, and hear of it after the commit", async () => {
  const { log, turns, turn, committed, writer, operation } = setUp();
  const answers = Promise.all([writer.submit(operation("a", 7)), writer.submit(operation("b", 5))]);
  expect(log).toEqual([]);
  expect(turns).toHaveLength(1);
  await turn();
  expect(log).toEqual(["begin 7", "commit a,b"]);
  expect(committed).toEqual(["a", "b"]);
  expect(await answers).toEqual(["a", "b"]);
});

test("a batch has its bound; the rest waits for the next turn", async () => {
  const { log, turns, turn, batches, writer, operation } = setUp();
  const answers = Promise.all(["a", "b", "c", "d"].map((name) => writer.submit(operation(name))));
  await turn();
  expect(log).toEqual(["begin 0", "commit a,b,c"]);
  await turn();
  expect(log.at(-1)).toBe("commit d");
  expect(turns).toEqual([]);
  expect(batches).toEqual([
    [3, true],
    [1, true],
  ]);
  expect(await answers).toHaveLength(4);
});

test("what comes while a transaction runs waits for the next one, and nobody hears before the commit", async () => {
  const { log, turns, turn, committed, store, writer, operation } = setUp();
  const commit = Promise.withResolvers<void>();
  store.commit = commit.promise;
  const heard: string[] = [];
  const hear = (name: string) => void heard.push(name);
  const first = writer.submit(operation("a")).then(hear);
  await turn();
  const second = writer.submit(operation("b")).then(hear);
  await turn();
  expect([log, turns, heard, committed]).toEqual([["begin 0"], [], [], []]);
  store.commit = Promise.resolve();
  commit.resolve();
  await first;
  await vi.waitFor(() => expect(turns).toHaveLength(1));
  await turn();
  await second;
  expect(log).toEqual(["begin 0", "commit a", "begin 0", "commit b"]);
  expect(heard).toEqual(["a", "b"]);
});

test("an operation whose plan throws fails alone, in one transaction", async () => {
  const { log, turn, committed, writer, operation } = setUp();
  const broken: Operation<string> = {
    declare: () => {},
    plan: () => {
      throw new TypeError("a mistake");
    },
  };
  const operations = [operation("a"), poison, operation("b")];
  const answers = Promise.allSettled(operations.map((each) => writer.submit(each)));
  await turn();
  expect(log).toEqual(["begin 0", "commit a,b"]);
  expect(committed).toEqual(["a", "b"]);
  expect(await answers).toMatchObject([
    { status: "fulfilled", value: "a" },
    { status: "rejected", reason: { code: "call_exists" } },
    { status: "fulfilled", value: "b" },
  ]);
  const mistake = writer.submit(broken);
  await Promise.all([turn(), expect(mistake).rejects.toMatchObject({ code: "assertion_failed" })]);
});

test("a write that contradicts the store rolls all back, and each runs in a transaction of its own", async () => {
  const { log, turn, committed, store, writer, operation } = setUp();
  const contradiction = new LedgerError("assertion_failed", "a check of the schema");
  store.failures = [contradiction, null, contradiction, null];
  const answers = Promise.allSettled(["a", "b", "c"].map((name) => writer.submit(operation(name))));
  await turn();
  expect(log).toEqual([
    ...["begin 0", "rollback"],
    ...["begin 0", "commit a", "begin 0", "rollback", "begin 0", "commit c"],
  ]);
  expect(committed).toEqual(["a", "c"]);
  expect(await answers).toMatchObject([
    { status: "fulfilled", value: "a" },
    { status: "rejected", reason: { code: "assertion_failed" } },
    { status: "fulfilled", value: "c" },
  ]);
});

test("when the store itself fails, nobody is told of a success, and nothing is tried again", async () => {
  const { log, turn, committed, store, writer, operation } = setUp();
  store.failures = [new LedgerError("store_unavailable", "disk I/O error")];
  const answers = Promise.allSettled([writer.submit(operation("a")), writer.submit(operation("b"))]);
  await turn();
  for (const answer of await answers) {
    expect(answer).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
  }
  expect(committed).toEqual([]);
  expect(log).toEqual(["begin 0", "rollback"]);
  const later = writer.submit(operation("c"));
  await turn();
  expect(await later).toBe("c");
});

test("close runs what waits, one transaction at a time, and refuses what comes", async () => {
  const { log, turns, writer, operation } = setUp();
  const answers = Promise.all(["a", "b", "c", "d"].map((name) => writer.submit(operation(name))));
  const closed = writer.close();
  // The turn that was asked for comes all the same, in the midst of it.
  for (const callback of turns) callback();
  await expect(writer.submit(operation("e"))).rejects.toMatchObject({ code: "store_closed" });
  await closed;
  expect(await answers).toHaveLength(4);
  expect(log).toEqual(["begin 0", "commit a,b,c", "begin 0", "commit d"]);
});
