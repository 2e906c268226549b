import { createRun } from "@keybrake/core";
import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import { ALICE, BOB, charge, chargeIdIn, expectDone, JUNE, lookUp, quote, retrieve } from "./phrases.ts";

/** Who did what, found again afterwards; and what must be nowhere. */

const attribution: Scenario = {
  id: "audit.attribution",
  title: "every call is a row with run, agent, conversation, key, amount and object",
  seeds: [
    quote(
      "autogen",
      "failure",
      "Nothing in those logs shows the conversation ID, the agent turn count, or the task description that prompted the charge.",
    ),
    quote("autogen", "control", "Proxy audit table: conversation ID, turn, cost, endpoint"),
    quote("openai-swarm", "control", "Proxy audit table with vault key, agent name, timestamp, amount"),
    quote("llamaindex", "control", "Proxy audit log: vault key, endpoint, parsed cost, timestamp"),
    quote("semantic-kernel", "control", "Proxy audit log with vault_key_id, invocation, timestamp"),
    quote(
      "dspy",
      "control",
      "Keybrake audit log: vault key, DSPy module, timestamp, amount parsed from response",
    ),
    quote(
      "llamaindex",
      "faq",
      "The proxy logs all headers with each call, so you can filter the audit log by run_id to see every Stripe call made by a specific agent run.",
    ),
  ],
  rawKey:
    "Stripe shows a charge, a key and a time; which conversation made it has to be guessed from timestamps.",
  keybrake:
    "One audit row per call, refusals too, found by run, agent, key or operation; the charge at Stripe names its run.",
  run: async (world) => {
    const labels = { task: "charge June to those who have not paid" };
    const key = await world.issue({ daily_usd_cap: 30, name: "billing-desk", labels });
    const run = createRun({ runId: "run-7", agent: "billing", conversationId: "conversation-7" });
    const result = await world.run({
      toolsets: [world.toolset("billing", key, { run })],
      turns: [[charge(JUNE)], [charge({ ...JUNE, customer_id: BOB })], "Alice is charged."],
    });
    expectDone(result);
    const common = {
      vault_key_id: key.id,
      vault_key_name: "billing-desk",
      role: "billing",
      run_id: "run-7",
      agent: "billing",
      conversation_id: "conversation-7",
      operation: "charges.create",
      currency: "usd",
    };
    expect(await world.rows({ run_id: "run-7" })).toMatchObject([
      {
        ...common,
        decision: "allowed",
        state: "posted",
        usd_cents: 2900,
        object_id: chargeIdIn(result.toolTexts[0]),
      },
      { ...common, decision: "denied", code: "spend_cap_exceeded", status: 429 },
    ]);
    // What prompted the charge, as whoever made the key said it.
    const ofTask = new URLSearchParams({ "label.task": labels.task, decision: "allowed" });
    const found = await fetch(`${world.stack.url}/admin/audit?${ofTask}`, {
      headers: { authorization: `Bearer ${world.stack.adminKey}` },
    });
    expect(await found.json()).toMatchObject({ data: [{ run_id: "run-7", labels }] });
    const { data } = await world.stack.control.requests();
    expect(decodeURIComponent(data[0]?.body ?? "")).toContain("metadata[keybrake_run]=run-7");
  },
};

const turns: Scenario = {
  id: "audit.turn",
  title: "the audit log says in which turn of the conversation a call was made",
  seeds: [
    quote(
      "autogen",
      "failure",
      "What you don't get is a cap on how much that conversation can spend on Stripe, a way to cut one conversation without rotating your key everywhere, or an audit trail that attributes each charge to the specific conversation and agent turn that created it.",
    ),
  ],
  rawKey: "Nobody can say which turn of which conversation made the charge.",
  keybrake: "Where the framework knows the turn, the adapter passes it on, and it stands in the row.",
  run: async (world) => {
    const key = await world.issue();
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [[charge(JUNE)], [charge({ ...JUNE, customer_id: BOB })], "Charged."],
    });
    expectDone(result);
    const [first, second] = (await world.rows()).map(({ turn }) => Number(turn));
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first ?? 0);
  },
};

const correlation: Scenario = {
  id: "audit.idempotency-key",
  title: "a call is found again by its Idempotency-Key, at the proxy and at Stripe",
  seeds: [
    quote(
      "dspy",
      "faq",
      "Cross-correlate using the idempotency key: log the run_key from your tool factory alongside the DSPy trace ID, then look up idempotency_key in Keybrake's audit log to see the corresponding Stripe response.",
    ),
    quote("llamaindex", "faq", "Use the run_id as both the agent's trace ID and the idempotency key prefix."),
  ],
  rawKey: "A random key of the SDK's says nothing about the run that it belongs to.",
  keybrake: "The key begins with the run id and is the same in the trace, in the audit log and at Stripe.",
  run: async (world) => {
    const key = await world.issue();
    const result = await world.run({
      toolsets: [world.toolset("billing", key, { runId: "trace-9" })],
      turns: [[charge(JUNE)], "Charged."],
    });
    expectDone(result);
    const [row] = await world.rows();
    expect(row?.idempotency_key).toMatch(/^trace-9:charges\.create:/);
    const { data } = await world.stack.control.requests();
    expect(data[0]?.idempotency_key).toBe(row?.idempotency_key);
  },
};

const lookBeforeCharging: Scenario = {
  id: "audit.look-first",
  title: "look first with the audit key, charge with the billing key, look again",
  seeds: [
    quote(
      "openai-swarm",
      "failure",
      'First, check_existing_charge uses the audit vault key (GET /v1/charges only) — the LLM can look up prior charges without creating new ones, and the updated instruction to report rather than re-charge prevents the "pending = charge again" loop.',
    ),
  ],
  rawKey: "The look-up has the key that charges, and a search in descriptions finds what it likes.",
  keybrake: "`check_existing_charge` looks by period, reference or amount with a key that can only read.",
  run: async (world) => {
    const [billing, audit] = [await world.issue(), await world.issue({ role: "audit", daily_usd_cap: 0 })];
    const run = createRun({ runId: "look-1" });
    const look = [lookUp({ customer_id: ALICE, billing_period: "2026-06" })];
    const result = await world.run({
      toolsets: [world.toolset("billing", billing, { run }), world.toolset("audit", audit, { run })],
      turns: [look, [charge(JUNE)], look, (shown) => [retrieve(chargeIdIn(shown[2]))], "June is charged."],
    });
    expectDone(result);
    expect(result.toolTexts[0]).toMatch(/Not found/);
    expect(chargeIdIn(result.toolTexts[2])).toBe(chargeIdIn(result.toolTexts[1]));
    expect(result.toolTexts[3]).toMatch(/succeeded/);
    const readers = (await world.rows()).filter(({ vault_key_id }) => vault_key_id === audit.id);
    const twoLists = ["charges.list", "paymentIntents.list"];
    expect(readers.map(({ operation }) => operation)).toEqual([...twoLists, ...twoLists, "charges.retrieve"]);
  },
};

const noSecrets: Scenario = {
  id: "secrets.nowhere",
  title: "no key in anything that the model sees, the framework serialises or the proxy logs",
  seeds: [
    quote(
      "semantic-kernel",
      "failure",
      "SK's function calling pattern appends each tool result to the ChatHistory as a structured message.",
    ),
    quote(
      "openai-swarm",
      "failure",
      "Vault keys are bound at tool-factory time via closure — they never appear in context_variables, so Swarm's handoff mechanism cannot leak them.",
    ),
    quote(
      "dspy",
      "faq",
      "No. DSPy's compiled JSON stores prompts, few-shot demonstrations, and optimizer metadata — not Python object state or environment variables.",
    ),
  ],
  rawKey: "A key in a global, a context or an error message ends up in a prompt, a trace or a log.",
  keybrake:
    "Successes, refusals and errors are scrubbed; this scenario, like every other, searches all that is left behind for every secret.",
  run: async (world) => {
    const key = await world.issue({ daily_usd_cap: 30 });
    // One that somebody told the model, which repeats it: it stands in what the model itself said, and nowhere else.
    const told = (await world.stack.admin.vaultKeys.create({ name: "told", role: "audit" })).vault_key;
    const result = await world.run({
      toolsets: [world.toolset("billing", key)],
      turns: [
        [charge({ ...JUNE, description: `for the books of ${told}` })],
        [charge(JUNE)],
        [charge({ ...JUNE, amount_cents: -1 })],
        [charge({ ...JUNE, billing_period: "2026-07" })],
        async () => {
          await world.revoke(key);
          return [{ tool: "retrieve_customer", input: { customer_id: ALICE } }];
        },
        "Done.",
      ],
    });
    expectDone(result);
    expect(result.toolTexts).toHaveLength(5);
    expect(result.toolTexts[0]).toMatch(/holds an API key/);
    expect(result.toolTexts[4]).toMatch(/revoked/);
    expect(result.traces.length).toBeGreaterThan(0);
    const { data: requests } = await world.stack.control.requests();
    const written = JSON.stringify([requests, await world.rows(), world.stack.logLines]);
    expect(written).not.toContain(told);
  },
};

export const audit: readonly Scenario[] = [attribution, turns, correlation, lookBeforeCharging, noSecrets];
