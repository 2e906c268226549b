import type { CallFacts, CallFilter } from "@keybrake/ledger";
import { expect } from "vitest";
import {
  admission,
  allPages,
  claim,
  idsOf,
  START,
  settlement,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Books, Section } from "./section.ts";

/** Lists by a filter, in pages of several sizes, which must all agree. */
export async function list(books: Books, filter: CallFilter): Promise<string[]> {
  const inPagesOf = (limit: number) =>
    allPages((cursor) => books.ledger.listCalls(filter, { limit, cursor })).then(idsOf);
  const whole = await inPagesOf(1000);
  expect(await inPagesOf(1)).toEqual(whole);
  expect(await inPagesOf(3)).toEqual(whole);
  return whole;
}

/** Eight calls of a key with labels and one without: every state, two conversations, three turns. */
async function fill(books: Books): Promise<void> {
  const { ledger } = books;
  const labels = { team: "payments", env: "prod" };
  await ledger.createVaultKey(vaultKey("key", { labels }));
  await ledger.createVaultKey(vaultKey("plain", { labels: {} }));
  const admit = (callId: string, changes: Partial<CallFacts>) =>
    ledger.admit(admission(callId, { at: START + Number(callId), labels, ...changes }));
  await admit("1", { conversationId: "a", turn: "1", idempotencyKey: "june" });
  await ledger.settle(settlement("1", { objectId: "ch_1" }));
  await admit("2", { conversationId: "a", turn: "2", customer: "cus_1" });
  await ledger.settle(unknown("2"));
  await admit("3", { conversationId: "b", turn: "1", idempotencyKey: "june" });
  await ledger.settle(voided("3", { objectId: "ch_1" }));
  await admit("4", { vaultKeyId: "plain", labels: {}, conversationId: "b", turn: "2" });
  await ledger.admit(
    admission("5", { at: START + 5, labels, conversationId: "a", turn: "3" }, { claim: claim("1") }),
  );
  await admit("6", { labels: { team: "payments", env: "test" }, customer: "cus_1" });
  await ledger.settle(settlement("6", { objectId: "ch_6" }));
  await ledger.admit(admission("7", { at: START + 7, labels, usdMicros: 0 }, { claim: null }));
  await ledger.settle(settlement("7", { state: "none", objectId: "ch_1", answer: null }));
  await admit("8", { labels: { env: "prod" }, conversationId: "b" });
}

export const filtersSection: Section = (test) => {
  test("calls are found by conversation, turn, Idempotency-Key, object, customer and state", async (books) => {
    await fill(books);
    expect(await list(books, { conversationId: "a" })).toEqual(["5", "2", "1"]);
    expect(await list(books, { turn: "1" })).toEqual(["3", "1"]);
    expect(await list(books, { conversationId: "a", turn: "1" })).toEqual(["1"]);
    expect(await list(books, { idempotencyKey: "june" })).toEqual(["3", "1"]);
    // The object that was replayed is the replay's, too.
    expect(await list(books, { objectId: "ch_1" })).toEqual(["7", "5", "3", "1"]);
    expect(await list(books, { customer: "cus_1" })).toEqual(["6", "2"]);
    expect((await books.ledger.getCall("2"))?.customer).toBe("cus_1");
    expect((await books.ledger.getCall("1"))?.customer).toBeNull();
    expect(await list(books, { state: "posted" })).toEqual(["6", "1"]);
    expect(await list(books, { state: "unknown" })).toEqual(["2"]);
    expect(await list(books, { state: "voided" })).toEqual(["3"]);
    expect(await list(books, { state: "held" })).toEqual(["8", "4"]);
    expect(await list(books, { state: "none" })).toEqual(["7", "5"]);
    for (const filter of [
      { conversationId: "c" },
      { turn: "9" },
      { objectId: "ch_2" },
      { idempotencyKey: "x" },
    ]) {
      expect(await list(books, filter)).toEqual([]);
    }
  });

  test("a call has the labels of its key, and is found by all that are given", async (books) => {
    await fill(books);
    expect(await books.ledger.getCall("1")).toMatchObject({ labels: { team: "payments", env: "prod" } });
    expect((await books.ledger.getCall("4"))?.labels).toEqual({});
    expect(await list(books, { labels: { team: "payments" } })).toEqual(["7", "6", "5", "3", "2", "1"]);
    expect(await list(books, { labels: { env: "prod" } })).toEqual(["8", "7", "5", "3", "2", "1"]);
    expect(await list(books, { labels: { env: "prod", team: "payments" } })).toEqual([
      "7",
      "5",
      "3",
      "2",
      "1",
    ]);
    expect(await list(books, { labels: { env: "prod", team: "sales" } })).toEqual([]);
    expect(await list(books, { labels: { prod: "env" } })).toEqual([]);
    expect(await list(books, { labels: {} })).toHaveLength(8);
  });

  test("filters narrow each other, in any combination", async (books) => {
    await fill(books);
    const values: Required<{ [F in keyof CallFilter]: NonNullable<CallFilter[F]> }> = {
      runId: "none",
      agent: "none",
      customer: "cus_1",
      vaultKeyId: "key",
      operation: "charges.create",
      decision: "allowed",
      code: "outcome_unresolved",
      conversationId: "a",
      turn: "2",
      idempotencyKey: "june",
      objectId: "ch_1",
      state: "posted",
      labels: { env: "prod" },
      from: START + 1,
      to: START + 7,
    };
    const names = Object.keys(values) as (keyof CallFilter)[];
    const found = new Map<string, string[]>();
    for (const name of names) found.set(name, await list(books, { [name]: values[name] }));
    for (const one of names) {
      for (const other of names) {
        const both = await list(books, { [one]: values[one], [other]: values[other] });
        expect(both, `${one} and ${other}`).toEqual(
          found.get(one)?.filter((id) => found.get(other)?.includes(id)),
        );
      }
    }
  });

  test("pages of a filter go on where they ended, whatever was written since", async (books) => {
    await fill(books);
    const filters: CallFilter[] = [
      { conversationId: "a" },
      { objectId: "ch_1" },
      { labels: { team: "payments" } },
      { labels: { team: "payments", env: "prod" }, vaultKeyId: "key" },
      { state: "posted" },
    ];
    const before = await Promise.all(filters.map((filter) => list(books, filter)));
    const first = await Promise.all(filters.map((filter) => books.ledger.listCalls(filter, { limit: 1 })));
    const labels = { team: "payments", env: "prod" };
    await books.ledger.admit(admission("9", { labels, conversationId: "a" }));
    await books.ledger.settle(settlement("9", { objectId: "ch_1" }));
    for (const [index, filter] of filters.entries()) {
      const cursor = first[index]?.nextCursor ?? undefined;
      const rest = await allPages((next) =>
        books.ledger.listCalls(filter, { limit: 1, cursor: next ?? cursor }),
      );
      expect([...idsOf(first[index]?.data ?? []), ...idsOf(rest)]).toEqual(before[index]);
    }
  });
};
