import type { Call, CallFilter } from "@keybrake/ledger";
import { expect } from "vitest";
import { list } from "./filters.ts";
import {
  admission,
  claim,
  counted,
  daily,
  facts,
  idsOf,
  refusal,
  START,
  settlement,
  vaultKey,
} from "./fixtures.ts";
import type { Books, Section } from "./section.ts";

/** Ten calls of two keys, two runs, two agents and every decision. */
async function fill(books: Books): Promise<void> {
  const { ledger } = books;
  await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(3_000_000) }));
  await ledger.createVaultKey(vaultKey("other"));
  const other = { vaultKeyId: "other", agent: "refund", operation: "refunds.create" };
  await ledger.admit(admission("1", { at: START, runId: "run a", agent: "billing" }));
  await ledger.admit(admission("2", { at: START + 10, runId: "run b", ...other }));
  await ledger.record(refusal("3", { at: START + 10, runId: "run a", operation: null }));
  await ledger.admit(admission("4", { at: START + 20, runId: "run a", agent: "billing" }));
  await ledger.settle(settlement("4", { at: START + 21 }));
  await ledger.admit(admission("5", { at: START + 30, runId: "run b" }, { claim: claim("4") }));
  await ledger.admit(admission("6", { at: START + 40, ...other }));
  await ledger.admit(admission("7", { at: START + 50, runId: "run a", agent: "billing" }));
  await ledger.admit(admission("8", { at: START + 60, runId: "run a", agent: "billing" }));
  await ledger.admit(admission("9", { at: START + 60, runId: "run b", ...other }));
  // The clock has stepped back.
  await ledger.admit(admission("10", { at: START + 5, ...other }));
}

export const auditSection: Section = (test) => {
  test("every call is listed, newest first, in pages of any size", async (books) => {
    await fill(books);
    expect(await list(books, {})).toEqual(["10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    const page = await books.ledger.listCalls({}, { limit: 10 });
    expect(page.nextCursor).toBeNull();
    expect(page.data[9]).toEqual(await books.ledger.getCall("1"));
  });

  test("filters", async (books) => {
    await fill(books);
    expect(await list(books, { runId: "run a" })).toEqual(["8", "7", "4", "3", "1"]);
    expect(await list(books, { vaultKeyId: "other" })).toEqual(["10", "9", "6", "2"]);
    expect(await list(books, { vaultKeyId: "key" })).toEqual(["8", "7", "5", "4", "3", "1"]);
    expect(await list(books, { vaultKeyId: "nobody" })).toEqual([]);
    expect(await list(books, { agent: "billing" })).toEqual(["8", "7", "4", "1"]);
    expect(await list(books, { operation: "refunds.create" })).toEqual(["10", "9", "6", "2"]);
    expect(await list(books, { decision: "denied" })).toEqual(["8", "3"]);
    expect(await list(books, { decision: "replayed" })).toEqual(["5"]);
    expect(await list(books, { decision: "allowed" })).toEqual(["10", "9", "7", "6", "4", "2", "1"]);
    expect(await list(books, { code: "spend_cap_exceeded" })).toEqual(["8"]);
    expect(await list(books, { code: "nothing" })).toEqual([]);
  });

  test("filters by time: from is inclusive, to is not; a clock that stepped back hides nothing", async (books) => {
    await fill(books);
    expect(await list(books, { from: START + 10, to: START + 60 })).toEqual(["7", "6", "5", "4", "3", "2"]);
    expect(await list(books, { from: START + 60 })).toEqual(["9", "8"]);
    expect(await list(books, { to: START + 10 })).toEqual(["10", "1"]);
    expect(await list(books, { from: START + 5, to: START + 6 })).toEqual(["10"]);
    expect(await list(books, { from: START + 61 })).toEqual([]);
    expect(await list(books, { from: START + 10, to: START + 10 })).toEqual([]);
  });

  test("filters narrow each other", async (books) => {
    await fill(books);
    expect(await list(books, { runId: "run b", vaultKeyId: "other" })).toEqual(["9", "2"]);
    expect(await list(books, { vaultKeyId: "key", decision: "denied" })).toEqual(["8", "3"]);
    expect(await list(books, { vaultKeyId: "key", from: START + 10, to: START + 50 })).toEqual([
      "5",
      "4",
      "3",
    ]);
    expect(await list(books, { vaultKeyId: "other", to: START + 41 })).toEqual(["10", "6", "2"]);
    expect(await list(books, { vaultKeyId: "key", decision: "denied", code: "spend_cap_exceeded" })).toEqual([
      "8",
    ]);
    expect(await list(books, { runId: "run a", agent: "billing", decision: "allowed" })).toEqual([
      "7",
      "4",
      "1",
    ]);
  });

  test("a page goes on where the last one ended, whatever was written since", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    for (const callId of ["1", "2", "3"]) await ledger.admit(admission(callId));
    const filters: CallFilter[] = [{}, { vaultKeyId: "key" }, { decision: "allowed" }];
    const first = await Promise.all(filters.map((filter) => ledger.listCalls(filter, { limit: 2 })));
    await ledger.admit(admission("4"));
    for (const [index, filter] of filters.entries()) {
      const cursor = first[index]?.nextCursor ?? undefined;
      expect(idsOf(first[index]?.data ?? [])).toEqual(["3", "2"]);
      expect(idsOf((await ledger.listCalls(filter, { limit: 2, cursor })).data)).toEqual(["1"]);
    }
  });

  test("record writes a finished row as it was told", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.record({
      ...refusal("one", { idempotencyKey: "idem", conversationId: "c" }),
      decision: "replayed",
      code: null,
      status: 201,
      upstreamRequestId: "req_7",
      objectId: "ch_7",
    });
    expect(await ledger.getCall("one")).toEqual({
      ...facts("one", { idempotencyKey: "idem", conversationId: "c" }),
      decision: "replayed",
      code: null,
      state: "none",
      status: 201,
      upstreamRequestId: "req_7",
      upstreamIdempotencyKey: null,
      objectId: "ch_7",
      latencyMs: 1,
      times: 1,
      settledBy: null,
      settledReason: null,
      overHoldMicros: 0,
      customer: null,
      wouldCode: null,
    });
    // A row is not a hold, and does not count as money moved on its object.
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 0, spentMicros: 0, calls: 0 });
    expect(await ledger.countedMicros(counted("ch_7"))).toBe(0);
    expect(await ledger.getCall("two")).toBeNull();
  });

  test("a row can stand for many calls", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.record({ ...refusal("many"), times: 4_210 });
    expect(await ledger.getCall("many")).toMatchObject({ decision: "denied", times: 4_210 });
    expect((await ledger.getVaultKey("key", START))?.calls).toBe(0);
    for (const times of [0, -1, 1.5, Number.NaN])
      await expect(ledger.record({ ...refusal("none"), times })).rejects.toMatchObject({
        code: "argument_invalid",
      });
  });

  test("subscribers hear of each answered row once it is durable, in order", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    const heard: Call[] = [];
    const leave = ledger.subscribe((call) => heard.push(call));
    await ledger.admit(admission("one"));
    expect(heard).toEqual([]);
    await Promise.all([
      ledger.settle(settlement("one")),
      ledger.admit(admission("replay", {}, { claim: claim("one") })),
      ledger.admit(admission("refused")),
      ledger.record(refusal("recorded")),
      ledger.admit(admission("in flight", { usdMicros: 0 })),
    ]);
    expect(idsOf(heard)).toEqual(["one", "replay", "refused", "recorded"]);
    for (const call of heard) expect(call).toEqual(await ledger.getCall(call.callId));
    leave();
    await ledger.record(refusal("later"));
    expect(heard).toHaveLength(4);
  });

  test("a change that fails is not told", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const heard: Call[] = [];
    ledger.subscribe((call) => heard.push(call));
    const answers = await Promise.allSettled([
      ledger.record(refusal("one")),
      ledger.record(refusal("one")),
      ledger.record(refusal("two")),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(idsOf(heard)).toEqual(["one", "two"]);
  });

  test("a listener that throws hurts neither the change nor the other listeners", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const heard: Call[] = [];
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    ledger.subscribe(() => {
      throw new Error("a listener's own fault");
    });
    ledger.subscribe((call) => heard.push(call));
    await ledger.record(refusal("one"));
    expect(idsOf(heard)).toEqual(["one"]);
    expect(await ledger.getCall("one")).not.toBeNull();
    expect((await warned).message).toBe("a listener's own fault");
  });
};
