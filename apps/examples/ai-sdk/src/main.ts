/**
 * A billing desk with the Vercel AI SDK: three agents that hand a conversation over to each other. Each has the
 * tools of its role under a vault key of its own, and nothing of the others.
 */
import { auditTools, billingTools, refundTools } from "@keybrake/ai-sdk";
import { createRun } from "@keybrake/core";
import { billingDeskRequest, billingDeskTurns, checkBillingDesk, openDesk } from "@keybrake/example-shared";
import { chooseModel } from "@keybrake/example-shared/ai-sdk";
import { hasToolCall, isStepCount, type ModelMessage, ToolLoopAgent, type ToolSet, tool } from "ai";
import { z } from "zod";

await using desk = await openDesk("Billing desk with the AI SDK", ["openai", "anthropic"]);
const { proxyUrl, customer, order } = desk;

const handOver = tool({
  description: "Hands the conversation over to another agent.",
  inputSchema: z.object({ agent: z.enum(["billing", "refund", "audit"]) }),
  execute: async ({ agent }) => `The ${agent} agent has taken over.`,
});

const turns = billingDeskTurns({
  customer,
  order,
  handOver: (agent) => ({ tool: "hand_over", input: { agent } }),
});
const model = await chooseModel(desk.model, turns);

function makeAgent(instructions: string, tools: ToolSet) {
  return new ToolLoopAgent({
    model,
    instructions: `${instructions} What you cannot do yourself, hand over.`,
    tools: { ...tools, hand_over: handOver },
    stopWhen: [hasToolCall("hand_over"), isStepCount(20)],
  });
}

// One run for all three: an act happens once in it, whoever asks for it. The run holds no key.
const run = createRun();
const billing = { vaultKey: await desk.vaultKey("billing"), agent: "billing", run, proxyUrl };
const refund = { vaultKey: await desk.vaultKey("refund"), agent: "refund", run, proxyUrl };
const audit = { vaultKey: await desk.vaultKey("audit"), agent: "audit", run, proxyUrl };

const agents = {
  billing: makeAgent("You charge customers.", {
    ...billingTools(billing),
    // A mistake, made on purpose: a refund tool with the key that charges. The proxy refuses what a key may not do.
    ...refundTools({ ...billing, only: ["create_refund"] }),
  }),
  refund: makeAgent("You refund charges.", refundTools(refund)),
  audit: makeAgent("You look up charges and refunds. Name their ids.", auditTools(audit)),
};

async function serve(prompt: string): Promise<string> {
  const messages: ModelMessage[] = [{ role: "user", content: prompt }];
  let agent = agents.billing;
  for (;;) {
    const { responseMessages, toolCalls, text } = await agent.generate({ messages });
    messages.push(...responseMessages);
    const next = toolCalls.find((call) => !call.dynamic && call.toolName === "hand_over");
    if (next === undefined) return text;
    agent = agents[next.input.agent];
  }
}

const request = billingDeskRequest(desk);
const answer = await serve(request);
await checkBillingDesk(desk, run.runId, answer);
