/**
 * A billing desk with Mastra: a billing agent with two sub-agents, which it asks for what it may not do. Each has the
 * tools of its role under a vault key of its own, and nothing of the others.
 */
import { createRun } from "@keybrake/core";
import {
  billingDeskRequest,
  billingDeskTurns,
  checkBillingDesk,
  openDesk,
  type Turn,
} from "@keybrake/example-shared";

import { auditTools, billingTools, refundTools } from "@keybrake/mastra";
import { Agent } from "@mastra/core/agent";
import { chooseModel } from "./model.ts";

await using desk = await openDesk("Billing desk with Mastra", ["openai", "anthropic"]);
const { proxyUrl, customer, order } = desk;

const turns = billingDeskTurns({
  customer,
  order,
  handOver: (agent) => ({ tool: `agent-${agent}`, input: { prompt: `Your part, for ${order}.` } }),
});
// A sub-agent answers the agent that asked it, which then goes on.
const refunded: Turn = () => "It is refunded.";
const repeat: Turn = (results) =>
  results.at(-1)?.match(/ch_\w+ was charged[^"\\]*/)?.[0] ?? "Nothing was found.";
const model = await chooseModel(desk.model, [...turns.slice(0, 5), refunded, ...turns.slice(5), repeat]);

// One run for all three: an act happens once in it, whoever asks for it. The run holds no key.
const run = createRun();
const billing = { vaultKey: await desk.vaultKey("billing"), agent: "billing", run, proxyUrl };
const refund = { vaultKey: await desk.vaultKey("refund"), agent: "refund", run, proxyUrl };
const audit = { vaultKey: await desk.vaultKey("audit"), agent: "audit", run, proxyUrl };

const refundAgent = new Agent({
  id: "refund",
  name: "refund",
  description: "Refunds charges.",
  instructions: "You refund charges.",
  model,
  tools: refundTools(refund),
});
const auditAgent = new Agent({
  id: "audit",
  name: "audit",
  description: "Looks up charges and refunds, and names their ids.",
  instructions: "You look up charges and refunds. Name their ids.",
  model,
  tools: auditTools(audit),
});
const billingAgent = new Agent({
  id: "billing",
  name: "billing",
  instructions:
    "You charge customers. What you cannot do yourself, have another agent do. Repeat what it says.",
  model,
  tools: {
    ...billingTools(billing),
    // A mistake, made on purpose: a refund tool with the key that charges. The proxy refuses what a key may not do.
    ...refundTools({ ...billing, only: ["create_refund"] }),
  },
  agents: { refund: refundAgent, audit: auditAgent },
});

const request = billingDeskRequest(desk);
const { text: answer } = await billingAgent.generate(request, { maxSteps: 20 });
await checkBillingDesk(desk, run.runId, answer);
