import type { Admission } from "@keybrake/ledger";
import { expect } from "vitest";
import {
  ANSWER,
  admission,
  claim,
  daily,
  START,
  settlement,
  sharedBudget,
  unknown,
  vaultKey,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

/** How many answers there are of each kind; refusals by their code. */
function tally(answers: readonly Admission[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const name = answer.kind === "refused" ? answer.code : answer.kind;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

export const concurrencySection: Section = (test) => {
  test("500 charges of 1 USD at once against a cap of 100 USD: exactly 100", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(100_000_000) }));
    const answers = await times(500, (index) => ledger.admit(admission(`c${index}`)));
    expect(tally(answers)).toEqual({ admitted: 100, spend_cap_exceeded: 400 });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      heldMicros: 100_000_000,
      remainingMicros: 0,
    });
    await times(500, async (index) => {
      if (answers[index]?.kind === "admitted") await ledger.settle(settlement(`c${index}`));
    });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 0, spentMicros: 100_000_000 });
    expect(await ledger.verify(START)).toMatchObject({ calls: 500, postedMicros: 100_000_000, problems: [] });
  });

  test("charges and settlements of every outcome, interleaved, never pass the cap", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(20_000_000) }));
    await times(200, async (index) => {
      const callId = `c${index}`;
      if ((await ledger.admit(admission(callId))).kind !== "admitted") return;
      const used = await ledger.getVaultKey("key", START);
      expect((used?.heldMicros ?? 0) + (used?.spentMicros ?? 0)).toBeLessThanOrEqual(20_000_000);
      if (index % 3 === 0) await ledger.settle(settlement(callId));
      else if (index % 3 === 1) await ledger.settle(unknown(callId));
      else await ledger.settle(settlement(callId, { state: "voided", answer: null }));
    });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("many keys, each with a cap of its own, share a budget: both hold", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 100_000_000 }));
    await times(20, (index) =>
      ledger.createVaultKey(vaultKey(`k${index}`, { ownBudget: daily(7_000_000), budgets: ["team"] })),
    );
    const answers = await times(400, (index) =>
      ledger.admit(admission(`c${index}`, { vaultKeyId: `k${index % 20}` })),
    );
    expect(tally(answers)).toEqual({ admitted: 100, spend_cap_exceeded: 300 });
    const { data } = await ledger.listVaultKeys({ limit: 100 }, START);
    for (const key of data) expect(key.heldMicros).toBeLessThanOrEqual(7_000_000);
    expect((await ledger.listBudgets({ limit: 1 }, START)).data[0]).toMatchObject({
      heldMicros: 100_000_000,
      remainingMicros: 0,
    });
  });

  test("a thousand keys on one budget cannot pass the sum", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("team", { capMicros: 100_000_000 }));
    await times(1000, (index) => ledger.createVaultKey(vaultKey(`k${index}`, { budgets: ["team"] })));
    const answers = await times(1000, (index) =>
      ledger.admit(admission(`c${index}`, { vaultKeyId: `k${index}` })),
    );
    expect(tally(answers)).toEqual({ admitted: 100, spend_cap_exceeded: 900 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("200 requests for one act at once: one executes, all get its answer", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const ask = (index: number) => ledger.admit(admission(`c${index}`, {}, { claim: claim("act") }));
    const first = await times(200, ask);
    expect(tally(first)).toEqual({ admitted: 1, in_flight: 199 });
    const winner = first.findIndex((answer) => answer.kind === "admitted");
    await ledger.settle(settlement(`c${winner}`));
    const others = Array.from({ length: 200 }, (_, index) => index).filter((index) => index !== winner);
    for (const answer of await Promise.all(others.map(ask))) {
      expect(answer).toEqual({ kind: "replay", callId: `c${winner}`, answer: ANSWER });
    }
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000, heldMicros: 0 });
  });

  test("of many who ask after an unknown outcome, one sends again", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("act"));
    await ledger.settle(unknown("act"));
    const answers = await times(50, (index) =>
      ledger.admit(admission(`c${index}`, {}, { claim: claim("act") })),
    );
    expect(tally(answers)).toEqual({ resend: 1, in_flight: 49 });
  });

  test("call and rate limits hold exactly", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("calls", { maxCalls: 30 }));
    await ledger.createVaultKey(vaultKey("rate", { ratePerMinute: 30 }));
    const calls = await times(50, (i) => ledger.admit(admission(`a${i}`, { vaultKeyId: "calls" })));
    const rate = await times(50, (i) => ledger.admit(admission(`b${i}`, { vaultKeyId: "rate" })));
    expect(tally(calls)).toEqual({ admitted: 30, call_limit_exceeded: 20 });
    expect(tally(rate)).toEqual({ admitted: 30, rate_limited: 20 });
  });

  test("a rate counts what was booked before and what is booked at once, to the millisecond", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key", { ratePerMinute: 30 }));
    const ask = (count: number, at: number) =>
      times(count, (index) =>
        ledger.admit(admission(`${at} ${index}`, { at, usdMicros: 0 }, { claim: null })),
      );
    expect(tally(await ask(20, START))).toEqual({ admitted: 20 });
    expect(tally(await ask(15, START + 30_000))).toEqual({ admitted: 10, rate_limited: 5 });
    expect(tally(await ask(10, START + 59_999))).toEqual({ rate_limited: 10 });
    expect(tally(await ask(50, START + 60_000))).toEqual({ admitted: 20, rate_limited: 30 });
    expect(tally(await ask(50, START + 90_000))).toEqual({ admitted: 10, rate_limited: 40 });
  });

  test("operations of one act in one breath see each other, in the order of their arrival", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key"));
    const act = { claim: claim("one") };
    const asked = (callId: string) => ledger.admit(admission(callId, {}, act));
    const answers = await Promise.all([
      asked("one"),
      asked("two"),
      ledger.settle(unknown("one")),
      asked("three"),
      ledger.settle(settlement("one")),
      asked("four"),
      ledger.admit(admission("five")),
      ledger.settle(settlement("five", { state: "voided", answer: null })),
      ledger.admit(admission("six", {}, { claim: claim("five") })),
    ]);
    const kinds = answers.map((answer) => ("kind" in answer ? answer.kind : "settled"));
    expect(kinds).toEqual([
      ...["admitted", "in_flight", "settled", "resend", "settled", "replay"],
      ...["admitted", "settled", "admitted"],
    ]);
    await books.crash();
    expect(await books.ledger.getCall("one")).toMatchObject({ state: "posted" });
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000, calls: 3 });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("one caller's mistake costs the others nothing", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("taken"));
    const answers = await Promise.allSettled([
      ledger.admit(admission("one")),
      ledger.admit(admission("taken", {}, { claim: claim("x") })),
      ledger.settle(settlement("nobody")),
      ledger.admit(admission("two")),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 3_000_000, calls: 3 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("a budget's name, a key's id and an outcome are given once, however many ask at once", async (books) => {
    const { ledger } = books;
    const budgets = await times(10, () => ledger.createBudget(sharedBudget("team", { capMicros: 10_000 })));
    expect(budgets.filter((answer) => answer === "created")).toHaveLength(1);
    const keys = await Promise.allSettled(
      Array.from({ length: 10 }, () => ledger.createVaultKey(vaultKey("key"))),
    );
    expect(keys.filter((answer) => answer.status === "fulfilled")).toHaveLength(1);
    await ledger.admit(admission("one"));
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => ledger.settle(settlement("one"))));
    expect(ends.filter((answer) => answer.status === "fulfilled")).toHaveLength(1);
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000 });
  });
};
