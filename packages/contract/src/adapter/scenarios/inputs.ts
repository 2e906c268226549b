import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import type { ScriptedCall } from "../types.ts";
import type { World } from "../world.ts";
import { ALICE, charge, expectDone, expectStop, JUNE, quote, refund, retrieve } from "./phrases.ts";

/** What models make up: arguments, ids, tools. Nothing invalid reaches the proxy, nothing made up moves money. */

/** The wrong call is answered and sends nothing; the right one after it makes the one charge. */
async function correctsItself(world: World, wrong: ScriptedCall): Promise<string> {
  const key = await world.issue();
  let sentBefore = -1;
  const result = await world.run({
    toolsets: [world.toolset("billing", key)],
    turns: [
      [wrong],
      () => {
        sentBefore = world.sent.length;
        return [charge(JUNE)];
      },
      "June is charged.",
    ],
  });
  expectDone(result);
  expect(sentBefore).toBe(0);
  expect(result.toolTexts).toHaveLength(2);
  expect(result.toolTexts[0]).not.toMatch(/\bch_/);
  expect(result.toolTexts[1]).toMatch(/\bch_/);
  expect((await world.books()).charges.created).toBe(1);
  return result.toolTexts[0] ?? "";
}

const negativeAmount: Scenario = {
  id: "input.amount",
  title: "an amount that is negative, broken or a text never reaches the proxy",
  seeds: [
    quote(
      "semantic-kernel",
      "failure",
      "The problem is what happens when the agent gets confused, receives a malformed input, or the LLM decides to retry.",
    ),
  ],
  rawKey: "Some frameworks run a tool with whatever the model wrote.",
  keybrake:
    "The tools check their input themselves, whatever the framework does: nothing is sent, and the model is told.",
  run: async (world) => {
    const key = await world.issue();
    const amounts = [-2900, 29.5, "all", 0, null];
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [...amounts.map((amount) => [charge({ ...JUNE, amount_cents: amount })]), "I give up."],
    });
    expectDone(result);
    expect(result.toolTexts).toHaveLength(amounts.length);
    expect(world.sent).toEqual([]);
  },
};

const wrongPeriod: Scenario = {
  id: "input.period",
  title: '"June 2026" is no period: the model is told, "2026-06" is charged once',
  seeds: [
    quote(
      "openai-swarm",
      "faq",
      'If the LLM passes a different billing_period value on retry — for example, "June 2026" on the first call and "2026-06" on the retry — the idempotency key changes and Stripe creates a new charge.',
    ),
  ],
  rawKey: "Two spellings of a month are two keys, and two charges.",
  keybrake: "There is one spelling, YYYY-MM; any other is refused before anything is sent.",
  run: async (world) => {
    await correctsItself(world, charge({ ...JUNE, billing_period: "June 2026" }));
  },
};

const unknownField: Scenario = {
  id: "input.unknown-field",
  title: "a field that the tool does not have, such as a key, is refused",
  seeds: [
    quote(
      "semantic-kernel",
      "failure",
      "If you're using SK's templated prompt functions, you can pass the vault key through KernelArguments rather than instantiating the plugin class with it:",
    ),
  ],
  rawKey: "A key that is an argument is in the model's reach, and in every message that repeats the call.",
  keybrake: "No tool takes a key; a field that it does not know is refused rather than ignored.",
  run: async (world) => {
    await correctsItself(world, charge({ ...JUNE, vault_key: "vk_test_made_up" }));
  },
};

const malformedJson: Scenario = {
  id: "input.malformed-json",
  title: "arguments that are not JSON never reach the proxy",
  seeds: [
    quote("llamaindex", "failure", "It then calls the same tool again with the same or corrected arguments."),
  ],
  rawKey: "What a framework makes of half an object is anybody's guess.",
  keybrake: "Nothing is sent; the corrected call is carried out once.",
  run: async (world) => {
    await correctsItself(world, {
      tool: "create_charge",
      input: '{"customer_id": "cus_demo_alice", "amount',
    });
  },
};

const fieldsLeftOut: Scenario = {
  id: "input.fields-left-out",
  title: "a model leaves out what may be null: the charge is made",
  seeds: [quote("autogen", "failure", "The assistant decides when to call create_stripe_charge.")],
  rawKey: "Strict schemas make a model guess values for what it does not know.",
  keybrake: "A field that is absent counts as null; the act is the same with and without it.",
  run: async (world) => {
    const key = await world.issue();
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [
        [{ tool: "create_charge", input: { customer_id: ALICE, amount_cents: 900 } }],
        [charge({ customer_id: ALICE, amount_cents: 900 })],
        "Charged.",
      ],
    });
    expectDone(result);
    expect(result.toolTexts[0]).toMatch(/\bch_/);
    expect((await world.books()).charges.created).toBe(1);
  },
};

const hallucinatedCharge: Scenario = {
  id: "made-up.charge-id",
  title: "a charge id that was made up: Stripe does not know it, nothing moves",
  seeds: [
    quote(
      "llamaindex",
      "gap",
      "Be careful: the model might hallucinate a charge_id instead of calling the tool.",
    ),
    quote(
      "llamaindex",
      "gap",
      "Always validate charge IDs against the Stripe API before treating them as authoritative.",
    ),
  ],
  rawKey: "An id that looks right is taken for a charge that was made.",
  keybrake: "Looking it up and refunding it both say that it does not exist, and not to guess ids.",
  run: async (world) => {
    const key = await world.issue({ role: "refund" });
    const madeUp = "ch_3NVq8W2eZvKYlo2C0pB8XYZQ";
    const result = await world.run({
      name: "refund",
      toolsets: [world.toolset("refund", key)],
      turns: [
        [retrieve(madeUp)],
        [refund(madeUp)],
        [refund(madeUp, { amount_cents: 500 })],
        "It does not exist.",
      ],
    });
    expectDone(result);
    expect(result.toolTexts).toHaveLength(3);
    for (const text of result.toolTexts) expectStop(text, /no such charge|do not guess ids/i);
    expect((await world.books()).refunds.created).toBe(0);
    const usage = await world.stack.admin.vaultKeys.get(key.id);
    expect({ spent: usage.spent, held: usage.held }).toEqual({ spent: 0, held: 0 });
  },
};

const hallucinatedTool: Scenario = {
  id: "made-up.tool-name",
  title: "a tool that the agent does not have: nothing is sent",
  seeds: [
    quote(
      "semantic-kernel",
      "failure",
      "If the LLM hallucinates a tool call — and it will — the blast radius is the entire key's permission set.",
    ),
    quote(
      "llamaindex",
      "failure",
      "A support agent that should only issue refunds can also issue charges because the charge tool is in its tool list.",
    ),
  ],
  rawKey: "All functions of the plugin are registered, so that a name that was made up may well exist.",
  keybrake: "An agent has the tools of its role and no others; another name reaches nothing.",
  run: async (world) => {
    const key = await world.issue();
    const seeded = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[charge(JUNE)], "Charged."],
    });
    expectDone(seeded);
    const before = world.sent.length;
    // Frameworks differ in whether the run goes on.
    await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[{ tool: "create_refund", input: { charge_id: "ch_1" } }], "There is no such tool."],
    });
    expect(world.sent).toHaveLength(before);
    expect((await world.books()).refunds.created).toBe(0);
  },
};

export const inputs: readonly Scenario[] = [
  negativeAmount,
  wrongPeriod,
  unknownField,
  malformedJson,
  fieldsLeftOut,
  hallucinatedCharge,
  hallucinatedTool,
];
