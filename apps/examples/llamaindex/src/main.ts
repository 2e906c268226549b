/**
 * A billing desk with LlamaIndex: a workflow of three agents that hand a conversation over to each other. Each has
 * the tools of its role under a vault key of its own, and nothing of the others.
 */
import assert from "node:assert/strict";
import { createRun } from "@keybrake/core";
import { billingDeskTurns, openDesk, sayCalls } from "@keybrake/example-shared";
import { auditTools, billingTools, refundTools } from "@keybrake/llamaindex";
import { agent, multiAgent } from "@llamaindex/workflow";
import { chooseModel } from "./model.ts";

await using desk = await openDesk("Billing desk with LlamaIndex", ["openai"]);
const { proxyUrl, customer, order } = desk;

const turns = billingDeskTurns({
  customer,
  order,
  handOver: (toAgent) => ({ tool: "handOff", input: { toAgent, reason: "It is your part." } }),
});
const llm = chooseModel(desk.model, turns);

// One run for all three: an act happens once in it, whoever asks for it. The run holds no key.
const run = createRun();
const billing = { vaultKey: await desk.vaultKey("billing"), agent: "billing", run, proxyUrl };
const refund = { vaultKey: await desk.vaultKey("refund"), agent: "refund", run, proxyUrl };
const audit = { vaultKey: await desk.vaultKey("audit"), agent: "audit", run, proxyUrl };

const billingAgent = agent({
  name: "billing",
  description: "Charges customers.",
  systemPrompt: "You charge customers. What you cannot do yourself, hand over.",
  llm,
  tools: [
    ...billingTools(billing),
    // A mistake, made on purpose: a refund tool with the key that charges. The proxy refuses what a key may not do.
    ...refundTools({ ...billing, only: ["create_refund"] }),
  ],
  canHandoffTo: ["refund", "audit"],
});
const refundAgent = agent({
  name: "refund",
  description: "Refunds charges.",
  systemPrompt: "You refund charges. What you cannot do yourself, hand over.",
  llm,
  tools: refundTools(refund),
  canHandoffTo: ["billing", "audit"],
});
const auditAgent = agent({
  name: "audit",
  description: "Looks up charges and refunds.",
  systemPrompt: "You look up charges and refunds, and name their ids.",
  llm,
  tools: auditTools(audit),
  canHandoffTo: ["billing", "refund"],
});

const desks = multiAgent({ agents: [billingAgent, refundAgent, auditAgent], rootAgent: billingAgent });
const request = [
  `Charge customer ${customer} $4.90 for ${order}. The order was then cancelled: refund it.`,
  "If you are not allowed to, have the refund agent do it. At last have the audit agent name the charge.",
].join(" ");
const { data } = await desks.run(request);
const answer = String(data.result);

const calls = await desk.calls(run.runId);
const charges = await desk.charges(run.runId);
const refunds = await desk.refunds(run.runId);
sayCalls(calls);

assert.deepEqual(
  charges.map(({ amount }) => amount),
  [490],
  "Stripe has one charge, though the model asked twice",
);
assert.deepEqual(
  refunds.map(({ charge, amount }) => ({ charge, amount })),
  charges.map(({ id, amount }) => ({ charge: id, amount })),
  "Stripe has one refund, of the whole charge",
);
assert.deepEqual(
  calls
    .filter(({ operation }) => operation === "refunds.create")
    .map(({ role, decision }) => [role, decision]),
  [
    ["billing", "denied"],
    ["refund", "allowed"],
  ],
  "the billing key was refused a refund, the refund key was not",
);
assert.match(answer, new RegExp(charges[0]?.id ?? "none"), "the audit agent found the charge");
process.stdout.write(`${answer}\nEverything is as stated.\n`);
