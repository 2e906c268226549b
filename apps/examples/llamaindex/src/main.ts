/**
 * A billing desk with LlamaIndex: a workflow of three agents that hand a conversation over to each other. Each has
 * the tools of its role under a vault key of its own, and nothing of the others.
 */
import { createRun } from "@keybrake/core";
import { billingDeskRequest, billingDeskTurns, checkBillingDesk, openDesk } from "@keybrake/example-shared";
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
const request = billingDeskRequest(desk);
const { data } = await desks.run(request);
const answer = String(data.result);
await checkBillingDesk(desk, run.runId, answer);
