import { createRun } from "@keybrake/core";
import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import { charge, chargeIdIn, expectDone, JUNE, lookUp, quote, TRIES } from "./phrases.ts";

/** The same act asked for more than once: lost answers, errors, other words, a pass that is run again. */

const lostAnswer: Scenario = {
  id: "lost-answer.repeat",
  title: "the answer to a charge is lost and the model calls again: one charge",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "Without an idempotency key, the LLM's second call to charge_stripe creates a completely new Stripe charge for the same customer, amount, and billing period.",
    ),
    quote(
      "llamaindex",
      "failure",
      "Without an idempotency key, Stripe has no way to know it's a retry — and bills the customer twice.",
    ),
    quote(
      "llamaindex",
      "faq",
      "The proxy also deduplicates at its own layer if you send the same vault key + idempotency key combination twice.",
    ),
    quote("llamaindex", "control", "Proxy forwards Idempotency-Key header to Stripe"),
    quote("openai-swarm", "control", "Only if you add it manually (idempotency at Stripe layer)"),
  ],
  rawKey:
    "The connection drops after Stripe made the charge; the model sees an error, calls again, and the customer is charged twice.",
  keybrake:
    "The repeat carries the same Idempotency-Key, made from the run and the act, so that Stripe answers with the first charge; the money stays reserved until then.",
  run: async (world) => {
    const key = await world.issue();
    await world.loseAnswers(TRIES);
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[charge(JUNE)], [charge(JUNE)], "June is charged."],
    });
    expectDone(result);
    expect(result.toolTexts[0]).toMatch(/cannot charge or refund twice/);
    expect(result.toolTexts[1]).toMatch(/\bch_/);
    expect((await world.books()).charges).toMatchObject({ created: 1, succeeded: 1 });
    expect(world.sent).toHaveLength(TRIES + 1);
    expect(new Set(world.sent.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    const usage = await world.stack.admin.vaultKeys.get(key.id);
    expect({ spent: usage.spent, held: usage.held }).toEqual({ spent: 29, held: 0 });
  },
};

const reworded: Scenario = {
  id: "lost-answer.reworded",
  title: "the model repeats in other words: the first body is sent again, one charge",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "The idempotency key is derived from (customer_id, amount_cents, billing_period) — the same parameters the LLM passes on every call attempt for the same billing operation.",
    ),
  ],
  rawKey:
    "A key that covers the whole request changes with the description, so that a reworded retry is a new charge, or an error of Stripe's.",
  keybrake:
    "Wording is no part of the act: the key stays, the first body is sent again byte for byte, and the answer is the first charge.",
  run: async (world) => {
    const key = await world.issue();
    await world.loseAnswers(TRIES);
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [
        [charge({ ...JUNE, description: "Pro plan, June" })],
        [charge({ ...JUNE, description: "Second attempt for the Pro plan" })],
        [charge({ ...JUNE, description: null })],
        "June is charged.",
      ],
    });
    expectDone(result);
    expect(chargeIdIn(result.toolTexts[1])).toBe(chargeIdIn(result.toolTexts[2]));
    expect((await world.books()).charges.created).toBe(1);
    expect(new Set(world.sent.map(({ body }) => body)).size).toBe(1);
  },
};

const serverError: Scenario = {
  id: "server-error.repeat",
  title: "Stripe answers 500 after it charged: one charge, held until it is found",
  seeds: [
    quote("llamaindex", "failure", "Each retry is a fresh stripe.Charge.create() call."),
    quote("autogen", "failure", "The assistant misreads an error as a partial failure and retries."),
  ],
  rawKey: "A 500 says nothing about the charge; an agent that takes it for a failure charges again.",
  keybrake:
    "The outcome counts as unknown: the amount stays held, every repeat goes out under the same key, and the audit tools find the charge.",
  run: async (world) => {
    const [billing, audit] = [await world.issue(), await world.issue({ role: "audit", daily_usd_cap: 0 })];
    await world.stack.control.addFault({ operation: "charges.create", kind: "error_after", times: 1 });
    const run = createRun({ agent: "billing" });
    const result = await world.run({
      toolsets: [world.toolset("billing", billing, { run }), world.toolset("audit", audit, { run })],
      turns: [
        [charge(JUNE)],
        [charge(JUNE)],
        [lookUp({ customer_id: JUNE.customer_id, billing_period: "2026-06" })],
        "June is charged already.",
      ],
    });
    expectDone(result);
    expect(result.toolTexts[0]).toMatch(/cannot charge or refund twice/);
    expect(result.toolTexts[2]).toMatch(/Do not charge again/);
    expect((await world.books()).charges.created).toBe(1);
    expect((await world.stack.admin.vaultKeys.get(billing.id)).held).toBe(29);
  },
};

const notExecuted: Scenario = {
  id: "server-error.not-executed",
  title: "Stripe is unavailable and did nothing: the repeat makes the one charge",
  seeds: [
    quote(
      "llamaindex",
      "faq",
      "The proxy forwards the Idempotency-Key header to Stripe, so LlamaIndex's agent-level retries (which reuse the same tool with the same key) are safe.",
    ),
    quote(
      "openai-swarm",
      "failure",
      'Returning the StripeError as a string instead of re-raising means Swarm presents it to the LLM as a final result; the instruction "do not retry" gives the LLM clear guidance to escalate rather than loop.',
    ),
  ],
  rawKey: 'A tool that throws makes the framework say "try again", whatever happened.',
  keybrake: "A tool never throws: the model is told what is known, and that the same call is safe.",
  run: async (world) => {
    const key = await world.issue();
    await world.stack.control.addFault({ operation: "charges.create", kind: "unavailable", times: TRIES });
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[charge(JUNE)], [charge(JUNE)], "June is charged."],
    });
    expectDone(result);
    expect(result.toolTexts[0]).not.toMatch(/\bch_/);
    expect(result.toolTexts[1]).toMatch(/\bch_/);
    expect((await world.books()).charges.created).toBe(1);
  },
};

const wholePass: Scenario = {
  id: "parsing-retry.whole-pass",
  title: "an answer cannot be parsed and the whole pass is run again: one charge",
  seeds: [
    quote("dspy", "failure", "The problem is that reruns re-invoke every tool in the module."),
    quote(
      "llamaindex",
      "failure",
      "ReActAgent retries the tool call when the observation step returns an error or when the LLM's action parsing fails.",
    ),
    quote("dspy", "control", "Proxy logs each call; idempotency key pattern prevents duplicates"),
    quote(
      "llamaindex",
      "faq",
      "No. LlamaIndex provides the tool-calling infrastructure but does not inject idempotency keys into tool calls.",
    ),
  ],
  rawKey:
    "The charge succeeded but the text around its id did not parse; the pass is run again, and so is the charge.",
  keybrake:
    "The pass is run again under the same run id with new objects: the act has the same key, and the answer is the charge that was made.",
  run: async (world) => {
    const key = await world.issue();
    // New objects each time: a counter or a memory of the tools would start anew.
    const pass = (words: string) =>
      world.run({
        toolsets: [world.toolset("billing", key, { runId: "forward-1" })],
        turns: [
          [charge({ ...JUNE, description: words })],
          (shown) => `${shown.at(-1)} The charge was successful.`,
        ],
      });
    const [first, second] = [await pass("June"), await pass("June, with a hint")];
    expectDone(first);
    expectDone(second);
    expect(chargeIdIn(second.text)).toBe(chargeIdIn(first.text));
    expect((await world.books()).charges.created).toBe(1);
    expect((await world.rows({ run_id: "forward-1" })).map(({ decision }) => decision)).toEqual([
      "allowed",
      "replayed",
    ]);
  },
};

const businessName: Scenario = {
  id: "business.two-runs",
  title: "two runs bill the same month: one charge",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "Whether charge_stripe runs once, twice, or five times for the June invoice of cus_Abc123, Stripe deduplicates all requests with the same key and returns the original charge.",
    ),
    quote(
      "openai-swarm",
      "faq",
      "The idempotency key prevents duplicate charges within the same billing operation regardless of how many turns occur.",
    ),
  ],
  rawKey: "A key made up per run protects the run alone: the second run bills June again.",
  keybrake: 'With `idempotency: "business"` the month names the act, whichever run and vault key asks.',
  run: async (world) => {
    const texts: (string | undefined)[] = [];
    for (const runId of ["monday", "tuesday"]) {
      const key = await world.issue();
      const result = await world.run({
        toolsets: [world.toolset("billing", key, { runId, idempotency: "business" })],
        turns: [[charge(JUNE)], "June is charged."],
      });
      expectDone(result);
      texts.push(result.toolTexts[0]);
    }
    expect(chargeIdIn(texts[0])).toBe(chargeIdIn(texts[1]));
    expect((await world.books()).charges.created).toBe(1);
  },
};

export const repeats: readonly Scenario[] = [
  lostAnswer,
  reworded,
  serverError,
  notExecuted,
  wholePass,
  businessName,
];
