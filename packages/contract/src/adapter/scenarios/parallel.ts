import { createRun } from "@keybrake/core";
import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import { chargeInSecondProcess } from "../second-process.ts";
import { ALICE, BOB, CAROL, charge, chargeIdIn, expectDone, JUNE, quote } from "./phrases.ts";

/** Calls at the same time: in one turn, in parallel planners, in steps of a workflow. */

const sameCall: Scenario = {
  id: "parallel.same-call",
  title: "the same call three times in one turn: one charge, three answers",
  seeds: [
    quote(
      "openai-swarm",
      "gap",
      "Swarm's reference implementation processes them sequentially, but custom Swarm wrappers or modifications that process tool_calls in parallel can fire two charge_stripe calls simultaneously.",
    ),
  ],
  rawKey: "Both calls leave before either has an answer, and both are carried out.",
  keybrake: "Identical calls join into one; each gets the answer of the one charge.",
  run: async (world) => {
    const key = await world.issue();
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[charge(JUNE), charge(JUNE), charge({ ...JUNE, description: "in other words" })], "Charged."],
    });
    expectDone(result);
    expect(result.toolTexts).toHaveLength(3);
    expect(new Set(result.toolTexts.map(chargeIdIn)).size).toBe(1);
    expect((await world.books()).charges.created).toBe(1);
  },
};

const lineItems: Scenario = {
  id: "parallel.line-items",
  title: "line items that are alike, each with its reference, in one turn: one charge each",
  seeds: [
    quote(
      "openai-swarm",
      "gap",
      "The idempotency key collapses identical calls, but different amounts or different periods in the same LLM response produce separate charges that are both valid.",
    ),
    quote("llamaindex", "failure", "This keeps retries idempotent while allowing multiple distinct charges."),
  ],
  rawKey: "A counter that tells line items apart moves with every retry, and with it the key.",
  keybrake:
    "A reference, an amount or a period tells acts apart; writes of a run go out one after another, and each is counted.",
  run: async (world) => {
    const key = await world.issue();
    const items = [
      charge({ customer_id: ALICE, amount_cents: 900, reference: "item-1" }),
      charge({ customer_id: ALICE, amount_cents: 900, reference: "item-2" }),
      charge({ customer_id: ALICE, amount_cents: 1100, reference: "item-2" }),
      charge({ customer_id: ALICE, amount_cents: 900, billing_period: "2026-06" }),
    ];
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [items, items, "Charged."],
    });
    expectDone(result);
    const ids = result.toolTexts.map(chargeIdIn);
    expect(new Set(ids).size).toBe(4);
    expect(ids.slice(4)).toEqual(ids.slice(0, 4));
    const books = await world.books();
    expect(books.charges.created).toBe(4);
    expect(books.currencies.usd?.charged).toBe(3800);
  },
};

const manyCustomers: Scenario = {
  id: "batch.many-customers",
  title: "many customers in one batch: one charge each, the cap over all",
  seeds: [
    quote(
      "openai-swarm",
      "faq",
      "If an agent charges multiple customers (e.g., a batch billing agent that iterates over a customer list), each charge must have a unique idempotency key.",
    ),
    quote(
      "openai-swarm",
      "faq",
      "The daily spend cap on the billing vault key should be set to the expected total across all customers in the batch, not just one customer.",
    ),
  ],
  rawKey: "One key for the whole run would make the second customer's charge a replay of the first.",
  keybrake: "The customer is part of the act: each has its own key, and the cap counts all of them.",
  run: async (world) => {
    const key = await world.issue({ daily_usd_cap: 60 });
    const of = (customer: string) => charge({ ...JUNE, customer_id: customer, amount_cents: 2000 });
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[of(ALICE), of(BOB)], [of(CAROL)], [of(BOB)], "All are charged."],
    });
    expectDone(result);
    const books = await world.books();
    expect(books.charges.created).toBe(3);
    for (const customer of [ALICE, BOB, CAROL]) expect(books.customers[customer]?.charges).toBe(1);
    expect((await world.stack.admin.vaultKeys.get(key.id)).remaining).toBe(0);
  },
};

const readOnlyPlanners: Scenario = {
  id: "fan-out.read-only",
  title: "sub-questions run in parallel with read-only tools; the root agent charges once",
  seeds: [
    quote(
      "llamaindex",
      "failure",
      "The second and more robust mitigation is to treat billing tools as non-subquestionable: do not expose create_charge to SubQuestion decomposition at all.",
    ),
    quote(
      "llamaindex",
      "faq",
      "Mixing write tools into a query engine that SubQuestion decomposition can access is how you end up with parallel charge firing.",
    ),
  ],
  rawKey: "The planner gets the charge tool with all others, and fires it in parallel sub-questions.",
  keybrake: "`toolset.readOnly()` is the part that moves nothing: planners get no tool that charges.",
  run: async (world) => {
    const key = await world.issue();
    const billing = world.toolset("billing", key);
    const reading = billing.readOnly();
    expect(reading.tools.filter((tool) => tool.write)).toEqual([]);
    const ask = (customer: string) =>
      world.run({
        name: "planner",
        toolsets: [reading],
        turns: [[{ tool: "retrieve_customer", input: { customer_id: customer } }], "Known."],
      });
    const answers = await Promise.all([ALICE, BOB, CAROL].map(ask));
    for (const answer of answers) expect(answer.toolTexts[0]).toMatch(/cus_demo_/);
    expect((await world.books()).charges.created).toBe(0);
    expectDone(await world.run({ toolsets: [billing], turns: [[charge(JUNE)], "Charged."] }));
    expect((await world.books()).charges.created).toBe(1);
  },
};

const sameChargeTwice: Scenario = {
  id: "fan-out.same-charge",
  title: "two sub-questions of one run fire the same charge at the same moment: one charge",
  seeds: [
    quote(
      "llamaindex",
      "failure",
      "If two subquestions both produce a Stripe tool call, you get two charges executing simultaneously — without any shared state to prevent the second from firing.",
    ),
    quote("llamaindex", "control", "Cap enforced globally; concurrent calls still dedup with key"),
  ],
  rawKey: "Both sub-questions charge, and nothing between them knows of the other.",
  keybrake: "The agents share one run: the second call joins the first and gets its charge.",
  run: async (world) => {
    const key = await world.issue();
    const run = createRun({ runId: "query-1" });
    const answers = await Promise.all(
      ["billing", "upgrade"].map((name) =>
        world.run({
          name,
          toolsets: [world.toolset("billing", key, { run, agent: name })],
          turns: [[charge({ ...JUNE, description: name })], "Charged."],
        }),
      ),
    );
    expect(new Set(answers.map(({ toolTexts }) => chargeIdIn(toolTexts[0]))).size).toBe(1);
    expect((await world.books()).charges.created).toBe(1);
  },
};

const workers: Scenario = {
  id: "fan-out.workers",
  title: "concurrent steps of a workflow, in different processes, under one run id: one charge",
  seeds: [
    quote(
      "llamaindex",
      "gap",
      "If two steps both call Stripe and the workflow is configured with num_workers > 1, they execute concurrently.",
    ),
    quote(
      "dspy",
      "gap",
      "Two concurrent MIPRO trials can share the same call_count state if the tool function is not thread-isolated.",
    ),
  ],
  rawKey: "Steps in two workers share no memory, so that no lock in the process helps.",
  keybrake:
    "The run id gives both steps the same key; the proxy lets the second wait for the first one's answer.",
  run: async (world) => {
    const key = await world.issue();
    const runId = "workflow-1";
    // A Stripe that takes longer than a process to start, so that the calls overlap.
    await world.stack.control.addFault({ operation: "charges.create", kind: "delay", delay_ms: 2000 });
    const [elsewhere, ...here] = await Promise.all([
      chargeInSecondProcess(world, key, { runId, call: charge(JUNE) }),
      ...[1, 2].map(() =>
        world.run({
          toolsets: [world.toolset("billing", key, { runId })],
          turns: [[charge(JUNE)], "Charged."],
        }),
      ),
    ]);
    const texts = [elsewhere, ...here.map(({ toolTexts }) => toolTexts[0])];
    expect(new Set(texts.map(chargeIdIn)).size).toBe(1);
    expect((await world.books()).charges.created).toBe(1);
    expect((await world.stack.admin.vaultKeys.get(key.id)).spent).toBe(29);
  },
};

export const parallel: readonly Scenario[] = [
  sameCall,
  lineItems,
  manyCustomers,
  readOnlyPlanners,
  sameChargeTwice,
  workers,
];
