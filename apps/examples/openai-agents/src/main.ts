/**
 * A billing desk with the OpenAI Agents SDK: three agents with handoffs to each other. Each has the tools of its
 * role under a vault key of its own, and nothing of the others.
 */
import { createRun } from "@keybrake/core";
import { billingDeskRequest, billingDeskTurns, checkBillingDesk, openDesk } from "@keybrake/example-shared";
import { auditTools, billingTools, refundTools } from "@keybrake/openai-agents";
import { Agent, Runner } from "@openai/agents-core";
import { chooseModel } from "./model.ts";

await using desk = await openDesk("Billing desk with the OpenAI Agents SDK", ["openai"]);
const { proxyUrl, customer, order } = desk;

const turns = billingDeskTurns({
  customer,
  order,
  handOver: (agent) => ({ tool: `transfer_to_${agent}`, input: {} }),
});
const model = await chooseModel(desk.model, turns);

// One run for all three: an act happens once in it, whoever asks for it. The run holds no key.
const run = createRun();
const billing = { vaultKey: await desk.vaultKey("billing"), agent: "billing", run, proxyUrl };
const refund = { vaultKey: await desk.vaultKey("refund"), agent: "refund", run, proxyUrl };
const audit = { vaultKey: await desk.vaultKey("audit"), agent: "audit", run, proxyUrl };

const billingAgent = new Agent({
  name: "billing",
  instructions: "You charge customers. What you cannot do yourself, hand over.",
  model,
  tools: [
    ...billingTools(billing),
    // A mistake, made on purpose: a refund tool with the key that charges. The proxy refuses what a key may not do.
    ...refundTools({ ...billing, only: ["create_refund"] }),
  ],
});
const refundAgent = new Agent({
  name: "refund",
  instructions: "You refund charges. What you cannot do yourself, hand over.",
  model,
  tools: refundTools(refund),
});
const auditAgent = new Agent({
  name: "audit",
  instructions: "You look up charges and refunds, and name their ids.",
  model,
  tools: auditTools(audit),
});
billingAgent.handoffs.push(refundAgent, auditAgent);
refundAgent.handoffs.push(billingAgent, auditAgent);
auditAgent.handoffs.push(billingAgent, refundAgent);

const request = billingDeskRequest(desk);
const { finalOutput: answer = "" } = await new Runner({ tracingDisabled: true }).run(billingAgent, request);
await checkBillingDesk(desk, run.runId, answer);
