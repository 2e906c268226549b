import { createRun } from "@keybrake/core";
import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import { transferTool } from "../types.ts";
import {
  ALICE,
  BOB,
  charge,
  chargeIdIn,
  expectDone,
  expectStop,
  JUNE,
  quote,
  refund,
  retrieve,
} from "./phrases.ts";

/** More than one agent: whose key is whose, and what an agent can do that it should not want to. */

const injectedRefund: Scenario = {
  id: "injection.refund",
  title: "a note tells the billing agent to refund, and it has the tool: 403, nothing is refunded",
  seeds: [
    quote(
      "dspy",
      "failure",
      "A prompt injection attack against either agent can cross into the other's domain.",
    ),
    quote(
      "semantic-kernel",
      "failure",
      "An agent that should only charge — never refund — has unrestricted access to both operations from the same credential.",
    ),
    quote("semantic-kernel", "control", "Allowlist of specific operations"),
    quote("dspy", "control", "Endpoint-level (e.g. POST /v1/charges only)"),
    quote("llamaindex", "control", "URL-level (e.g. POST /charges only)"),
    quote("openai-swarm", "control", "Yes — per-key policy, any Stripe endpoint"),
    quote(
      "semantic-kernel",
      "faq",
      "The proxy blocks any operation not in that list, regardless of which plugin method called it.",
    ),
  ],
  rawKey: "Whatever the text says, the key can do it: the customer's note refunds the charge.",
  keybrake: "The billing key may not refund: the proxy answers 403 and the model is told to stop.",
  run: async (world) => {
    const key = await world.issue();
    const run = createRun();
    // A developer's mistake on top: the refund tools are there, with the billing agent's key.
    const result = await world.run({
      toolsets: [world.toolset("billing", key, { run }), world.toolset("refund", key, { run })],
      turns: [[charge(JUNE)], (shown) => [refund(chargeIdIn(shown[0]))], "I cannot refund."],
    });
    expectDone(result);
    expectStop(result.toolTexts[1], /may not|not allow/i);
    expect((await world.books()).refunds.created).toBe(0);
    const rows = await world.rows({ operation: "refunds.create" });
    expect(rows).toMatchObject([{ decision: "denied", code: "operation_not_allowed", status: 403 }]);
  },
};

const injectedCharge: Scenario = {
  id: "injection.charge",
  title: "the refund agent is told to charge, and it has the tool: 403, nothing is charged",
  seeds: [
    quote("llamaindex", "failure", "One prompt-injection on the refund agent can issue charges."),
    quote(
      "llamaindex",
      "failure",
      'The proxy enforces the policy — it rejects a "charge" call from the support vault key with HTTP 403, even if the LLM generates the action correctly.',
    ),
    quote("llamaindex", "control", "Yes — one vault key per agent/run, one Stripe key in vault"),
  ],
  rawKey: "Worker agents get the same tools and the same key; a support agent can charge.",
  keybrake:
    "The support key may refund and read, nothing else; the boundary is not in the code of the agents.",
  run: async (world) => {
    const key = await world.issue({ role: "refund" });
    const result = await world.run({
      name: "support",
      toolsets: [world.toolset("refund", key), world.toolset("billing", key)],
      turns: [[charge(JUNE)], "I cannot charge."],
    });
    expectDone(result);
    expectStop(result.toolTexts[0], /may not|not allow/i);
    expect((await world.books()).charges.created).toBe(0);
    expect(await world.rows()).toMatchObject([{ code: "operation_not_allowed", status: 403 }]);
  },
};

const handOff: Scenario = {
  id: "hand-off.keys-stay",
  title: "billing hands over to support: each has its own key, and neither key is anywhere to be found",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "Swarm passes context_variables to every agent invoked during a run, including agents that receive control via a handoff function.",
    ),
    quote("openai-swarm", "control", "Never in context_variables — closed over in tool factory"),
    quote(
      "openai-swarm",
      "gap",
      "Ensure no tool function returns Stripe keys, tokens, or sensitive billing parameters via Result.context_variables.",
    ),
    quote("openai-swarm", "control", "Yes — billing agent vs support agent get different vault keys"),
    quote("dspy", "control", "Yes — separate vault key per module, injected at init"),
  ],
  rawKey: "The key travels in the shared context: every agent of the chain can do whatever the key can.",
  keybrake:
    "A key lives in the closures of its own tools: it is in no context, message, result or state, and the audit log says which agent did what with which key.",
  run: async (world) => {
    const [billing, audit] = [await world.issue(), await world.issue({ role: "audit", daily_usd_cap: 0 })];
    const run = createRun({ runId: "desk-1" });
    const desk = world.agent(
      {
        name: "billing",
        toolsets: [world.toolset("billing", billing, { run, agent: "billing" })],
        handsOverTo: ["support"],
        turns: [[charge(JUNE)], [{ tool: transferTool("support"), input: {} }]],
      },
      {
        name: "support",
        toolsets: [world.toolset("audit", audit, { run, agent: "support" })],
        turns: [
          (shown) => [retrieve(chargeIdIn(shown.find((text) => text.includes("ch_"))))],
          "The charge has succeeded.",
        ],
      },
    );
    const result = await desk.run({ prompt: "Charge June, then let support look." });
    expectDone(result);
    expect(result.text).toBe("The charge has succeeded.");
    expect(result.modelCalls).toBe(4);
    expect(await world.rows({ vault_key_id: billing.id })).toMatchObject([
      { operation: "charges.create", agent: "billing", run_id: "desk-1" },
    ]);
    expect(await world.rows({ vault_key_id: audit.id })).toMatchObject([
      { operation: "charges.retrieve", agent: "support", run_id: "desk-1" },
    ]);
  },
};

const handOffCharge: Scenario = {
  id: "hand-off.no-charge",
  title: 'after the hand-off an ambiguous "sort out that charge" cannot charge',
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      "If the support agent somehow attempts a POST /v1/charges call, the proxy returns 403.",
    ),
    quote(
      "openai-swarm",
      "failure",
      "There is no key rotation, no scope narrowing, and no audit differentiation between what the billing agent did and what the support agent did — both use the same Stripe key in your audit log.",
    ),
  ],
  rawKey: "The billing key is in scope; an import of the charge tool is all that it takes.",
  keybrake: "With the audit key the charge tool gets a 403, in the same run and the same conversation.",
  run: async (world) => {
    const [billing, audit] = [await world.issue(), await world.issue({ role: "audit", daily_usd_cap: 0 })];
    const run = createRun();
    const desk = world.agent(
      {
        name: "billing",
        toolsets: [world.toolset("billing", billing, { run })],
        handsOverTo: ["support"],
        turns: [[charge(JUNE)], [{ tool: transferTool("support"), input: {} }]],
      },
      {
        name: "support",
        // A later developer's import, closed over the support agent's key.
        toolsets: [
          world.toolset("audit", audit, { run }),
          world.toolset("billing", audit, { run, only: ["create_charge"] }),
        ],
        turns: [[charge({ ...JUNE, reference: "sort-out" })], "I cannot charge."],
      },
    );
    const result = await desk.run({ prompt: "Charge June, then let support sort out that charge." });
    expectDone(result);
    expectStop(result.toolTexts.at(-1), /may not|not allow/i);
    expect((await world.books()).charges.created).toBe(1);
    expect(await world.rows({ vault_key_id: audit.id })).toMatchObject([
      { operation: "charges.create", decision: "denied", status: 403 },
    ]);
  },
};

const twoKeys: Scenario = {
  id: "concurrent.own-keys",
  title: "two agents at the same time in one process: each call goes out with its own agent's key",
  seeds: [
    quote("dspy", "failure", "Every DSPy module loaded in the same Python process shares it."),
    quote(
      "openai-swarm",
      "faq",
      "But it is process-global — if two Swarm runs execute in the same process (even sequentially), the last stripe.api_key assignment wins.",
    ),
    quote(
      "dspy",
      "faq",
      "Per-forward() vault keys (rotating per request) are worth the complexity if you need to attribute each individual LLM invocation to a specific user or session in the audit log — Keybrake stores the vault key used in each proxied request, so per-invocation keys give you per-request attribution.",
    ),
  ],
  rawKey: "A global key is whatever was assigned last, with the permissions of both agents.",
  keybrake:
    "Each tool set has its own key and no global exists: the audit log shows each call under the right one.",
  run: async (world) => {
    const seeded = await world.run({
      toolsets: [world.toolset("billing", await world.issue())],
      turns: [[charge({ ...JUNE, customer_id: BOB })], "Charged."],
    });
    const bobs = chargeIdIn(seeded.toolTexts[0]);
    const [billing, refunds] = [await world.issue(), await world.issue({ role: "refund" })];
    const references = ["a", "b", "c"];
    await Promise.all([
      world.run({
        toolsets: [world.toolset("billing", billing)],
        turns: [...references.map((reference) => [charge({ ...JUNE, reference })]), "Charged."],
      }),
      world.run({
        name: "refund",
        toolsets: [world.toolset("refund", refunds)],
        turns: [
          ...references.map((reference) => [refund(bobs, { amount_cents: 100, reference })]),
          "Refunded.",
        ],
      }),
    ]);
    const operations = async (id: string) => [
      ...new Set(
        (await world.rows({ vault_key_id: id, decision: "allowed" })).map(({ operation }) => operation),
      ),
    ];
    expect(await operations(billing.id)).toEqual(["charges.create"]);
    expect(await operations(refunds.id)).toEqual(["refunds.create"]);
    const books = await world.books();
    expect({ charges: books.charges.created, refunds: books.refunds.created }).toEqual({
      charges: 4,
      refunds: 3,
    });
  },
};

const isolatedRuns: Scenario = {
  id: "concurrent.own-caps",
  title: "concurrent runs, a key each: one reaches its cap, the other goes on",
  seeds: [
    quote(
      "openai-swarm",
      "faq",
      "Vault keys with per-key daily spend caps and per-key audit logs give you isolation between concurrent runs — a single bare Stripe key shared across concurrent client.run() calls cannot be isolated by customer or by billing period.",
    ),
    quote("autogen", "control", "Separate vault key per role"),
  ],
  rawKey: "Runs that share a key share its fate: there is no telling them apart, and no stopping one.",
  keybrake: "Cap, audit log and the closed run belong to one key: what stops one run stops no other.",
  run: async (world) => {
    const runOf = async (customer: string, cap: number) => {
      const key = await world.issue({ daily_usd_cap: cap });
      return world.run({
        toolsets: [world.toolset("billing", key, { runId: `run-of-${customer}` })],
        turns: [
          ...["2026-06", "2026-07"].map((period) => [
            charge({ ...JUNE, customer_id: customer, billing_period: period }),
          ]),
          "Done.",
        ],
      });
    };
    const [capped, free] = await Promise.all([runOf(ALICE, 30), runOf(BOB, 100)]);
    expectStop(capped.toolTexts[1], /spend cap reached/i);
    expect(free.toolTexts[1]).toMatch(/\bch_/);
    const books = await world.books();
    expect(books.customers[ALICE]?.charges).toBe(1);
    expect(books.customers[BOB]?.charges).toBe(2);
  },
};

export const roles: readonly Scenario[] = [
  injectedRefund,
  injectedCharge,
  handOff,
  handOffCharge,
  twoKeys,
  isolatedRuns,
];
