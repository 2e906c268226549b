import { createRun } from "@keybrake/core";
import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import { ALICE, BOB, charge, chargeIdIn, expectDone, expectStop, JUNE, lookUp, quote } from "./phrases.ts";

/** Agents that do not stop by themselves: turn budgets, caps, call budgets, retry storms. */

const chargeAgain: Scenario = {
  id: "max-turns.charge-again",
  title: '"pending or unclear: create a new charge", turn after turn: one charge',
  seeds: [
    quote("openai-swarm", "failure", "Each call creates an independent Stripe charge with no deduplication."),
    quote(
      "openai-swarm",
      "failure",
      "A stripe.Charge with status pending is a normal in-flight charge — charging again produces a duplicate.",
    ),
    quote(
      "openai-swarm",
      "gap",
      "If the billing agent's subsequent instruction includes retry logic, it may call charge_stripe again.",
    ),
  ],
  rawKey: "A turn budget of ten is room for several charges in one run.",
  keybrake:
    "However many turns ask for the same act, it is carried out once, and looking for it says not to charge again.",
  run: async (world) => {
    const [billing, audit] = [await world.issue(), await world.issue({ role: "audit", daily_usd_cap: 0 })];
    const look = [lookUp({ customer_id: ALICE, billing_period: "2026-06" })];
    const result = await world.run(
      {
        toolsets: [world.toolset("billing", billing), world.toolset("audit", audit)],
        turns: [
          look,
          [charge(JUNE)],
          look,
          [charge(JUNE)],
          look,
          [charge(JUNE)],
          [charge(JUNE)],
          [charge(JUNE)],
        ],
      },
      { maxTurns: 7 },
    );
    expect(result.ended, String(result.error)).toBe("max_turns");
    expect(result.modelCalls).toBeLessThanOrEqual(7);
    expect(result.toolTexts[2]).toMatch(/Do not charge again/);
    expect(result.toolTexts[3]).toMatch(/Nothing was charged again/);
    expect((await world.books()).charges.created).toBe(1);
  },
};

const capInLoop: Scenario = {
  id: "cap.loop",
  title: "the cap is reached in a loop: the model is told to stop, and nothing more is sent",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "Even if the LLM calls charge_stripe ten times, the proxy rejects all calls after the cap is hit.",
    ),
    quote(
      "autogen",
      "faq",
      "An agent with 5 auto-replies and a $1,000 charge per reply can spend $5,000 before the limit fires.",
    ),
    quote("autogen", "control", "Spend cap stops accumulation before it compounds"),
    quote("autogen", "control", "Daily USD cap enforced before forwarding"),
    quote("openai-swarm", "control", "Yes — proxy enforces USD cap per vault key"),
    quote("dspy", "control", "Per-key USD cap (proxy enforces, returns 429)"),
    quote("llamaindex", "control", "Enforced by proxy (returns 429)"),
    quote("semantic-kernel", "control", "Yes — hard cap, returns 429 when hit"),
    quote(
      "semantic-kernel",
      "failure",
      "Without this instruction, some LLMs will interpret a 429 as a transient error and retry — which is exactly the wrong behavior when the 429 is a policy enforcement signal, not a rate limit.",
    ),
  ],
  rawKey:
    "Turns are limited, money is not: every turn may charge, and a 429 looks like a reason to try again.",
  keybrake:
    'The charge that would pass the cap is refused before Stripe sees it; the text says "Spend cap reached" and to stop; the run takes no more writes, so that a loop sends nothing.',
  run: async (world) => {
    const key = await world.issue({ daily_usd_cap: 50 });
    const run = createRun();
    const next = (number: number) => [
      charge({ customer_id: ALICE, amount_cents: 2000, reference: `o-${number}` }),
    ];
    const result = await world.run({
      toolsets: [world.toolset("billing", key, { run })],
      turns: [...[1, 2, 3, 4, 5, 6].map(next), "I stop."],
    });
    expectDone(result);
    for (const text of result.toolTexts.slice(2)) expectStop(text, /spend cap reached/i);
    expect(world.sent).toHaveLength(3);
    expect((await world.books()).currencies.usd?.charged).toBe(4000);
    expect(run.stopped?.code).toBe("spend_cap_exceeded");
    expect((await world.rows()).at(-1)).toMatchObject({ decision: "denied", status: 429 });
  },
};

const capAs402: Scenario = {
  id: "cap.payment-required",
  title: "a key that answers 402 at the cap: the same words, the same stop",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "Third, the billing vault key's daily spend cap (30 USD) is enforced at the proxy layer — after one successful $29 charge, the cap is hit and all subsequent POST /v1/charges attempts are rejected with a 402 error that the LLM sees as a final tool result.",
    ),
    quote("openai-swarm", "failure", "No amount of max_turns can spend beyond the policy limit."),
  ],
  rawKey: "Nothing is there to say no: the loop charges until the turns are used up.",
  keybrake:
    "`cap_status: 402` for clients that want it so; a policy refusal is never taken for a declined card.",
  run: async (world) => {
    const key = await world.issue({ daily_usd_cap: 30, cap_status: 402 });
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[charge(JUNE)], [charge({ ...JUNE, billing_period: "2026-07" })], "June alone."],
    });
    expectDone(result);
    expectStop(result.toolTexts[1], /spend cap reached/i);
    expect((await world.books()).charges.created).toBe(1);
    expect((await world.rows()).at(-1)?.status).toBe(402);
  },
};

const rollingWindow: Scenario = {
  id: "cap.rolling-window",
  title: "the cap counts any 24 hours, over all runs with the key",
  seeds: [
    quote(
      "openai-swarm",
      "faq",
      "The vault key's cap limits the total USD spent against Stripe in one rolling 24-hour window across all runs that use the same vault key.",
    ),
  ],
  rawKey: "A limit per run is no limit for a process that starts a run for every request.",
  keybrake: "Another run with the same key is refused; 24 hours after the charge its amount is free again.",
  run: async (world) => {
    const key = await world.issue({ daily_usd_cap: 30, expires_in_seconds: 3 * 86_400 });
    const bill = (period: string) =>
      world.run({
        toolsets: [world.toolset("billing", key, { runId: `run-${period}` })],
        turns: [[charge({ ...JUNE, billing_period: period })], "Done."],
      });
    await bill("2026-06");
    world.stack.advance(23 * 3_600_000);
    expectStop((await bill("2026-07")).toolTexts[0], /spend cap reached/i);
    world.stack.advance(2 * 3_600_000);
    expect((await bill("2026-08")).toolTexts[0]).toMatch(/\bch_/);
    expect((await world.books()).charges.created).toBe(2);
  },
};

const callBudget: Scenario = {
  id: "calls.budget",
  title: "a key with a number of calls, and a run with a number of writes",
  seeds: [
    quote(
      "semantic-kernel",
      "failure",
      "There is no max_function_calls parameter, no per-turn cap, and no built-in spend limit.",
    ),
    quote("semantic-kernel", "failure", "The only built-in termination is the context window limit."),
  ],
  rawKey: '"Process all 847 overdue accounts" becomes 847 charges before anybody can look.',
  keybrake: "`max_calls` of the key and `maxWrites` of the run end it at a number, whatever the model wants.",
  run: async (world) => {
    const key = await world.issue({ max_calls: 2 });
    const next = (number: number) => [
      charge({ customer_id: ALICE, amount_cents: 100, reference: `o-${number}` }),
    ];
    const capped = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [...[1, 2, 3, 4].map(next), "I stop."],
    });
    expectDone(capped);
    expectStop(capped.toolTexts[2], /calls/);
    expect(world.sent).toHaveLength(3);
    const another = await world.issue();
    const limited = await world.run({
      toolsets: [world.toolset("billing", another, { maxWrites: 1 })],
      turns: [...[5, 6, 7].map(next), "I stop."],
    });
    expectStop(limited.toolTexts[1], /may make 1 /);
    expect((await world.books()).charges.created).toBe(3);
    expect(world.sent).toHaveLength(4);
  },
};

const ACCOUNTS = 200;
const ACCOUNTS_A_TURN = 20;

const storm: Scenario = {
  id: "storm.200-accounts",
  title: "200 accounts, then all of them again, then more: 200 charges",
  seeds: [
    quote("autogen", "failure", "400 charges instead of 200 before anyone intervenes."),
    quote(
      "semantic-kernel",
      "failure",
      'A stuck loop — or an instruction like "process all 847 overdue accounts" — becomes 847 sequential Stripe charges before any human can intervene.',
    ),
  ],
  rawKey:
    "The assistant takes an error for a partial failure and goes through the whole list again: 400 charges.",
  keybrake:
    "The second round replays the first; what is new after it meets the cap, and then nothing is sent.",
  run: async (world) => {
    const key = await world.issue({ daily_usd_cap: ACCOUNTS });
    const account = (number: number, round: string) =>
      charge({ customer_id: BOB, amount_cents: 100, reference: `account-${number}${round}` });
    const turnsOf = (round: string) =>
      Array.from({ length: ACCOUNTS / ACCOUNTS_A_TURN }, (_, turn) =>
        Array.from({ length: ACCOUNTS_A_TURN }, (_, index) => account(turn * ACCOUNTS_A_TURN + index, round)),
      );
    const storming = world.agent({
      name: "billing",
      toolsets: [world.toolset("billing", key)],
      turns: [...turnsOf(""), ...turnsOf(""), ...turnsOf("-corrected"), "Enough."],
    });
    const result = await storming.run({ prompt: "Charge all accounts.", maxTurns: 40 });
    expectDone(result);
    const books = await world.books();
    expect(books.charges.created).toBe(ACCOUNTS);
    expect(books.currencies.usd?.charged).toBe(ACCOUNTS * 100);
    expectStop(result.toolTexts.at(-1), /spend cap reached/i);
    expect(world.sent).toHaveLength(2 * ACCOUNTS + 1);
  },
};

const afterReplay: Scenario = {
  id: "max-turns.replay-at-cap",
  title: "a repeat of a charge that was made is answered at the cap, too",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "The idempotency key guarantees that any legitimate retry of the same billing operation collapses to one Stripe charge regardless of how many tool calls the LLM makes:",
    ),
  ],
  rawKey: "Whoever asks again to be sure either charges again or is told of a failure that did not happen.",
  keybrake: "A replay costs nothing, so that the cap does not hide the charge that was made.",
  run: async (world) => {
    const key = await world.issue({ daily_usd_cap: 29 });
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[charge(JUNE)], [charge(JUNE)], "June is charged."],
    });
    expectDone(result);
    expect(chargeIdIn(result.toolTexts[1])).toBe(chargeIdIn(result.toolTexts[0]));
    expect((await world.books()).charges.created).toBe(1);
  },
};

export const loops: readonly Scenario[] = [
  chargeAgain,
  afterReplay,
  capInLoop,
  capAs402,
  rollingWindow,
  callBudget,
  storm,
];
