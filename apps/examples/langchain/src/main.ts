/**
 * A billing desk with LangChain: three agents, nodes of one graph, that hand a conversation over to each other.
 * Each has the tools of its role under a vault key of its own, and nothing of the others.
 */
import { createRun } from "@keybrake/core";
import { billingDeskRequest, billingDeskTurns, checkBillingDesk, openDesk } from "@keybrake/example-shared";
import { auditTools, billingTools, refundTools } from "@keybrake/langchain";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { type StructuredToolInterface, tool } from "@langchain/core/tools";
import { Command, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { createAgent, type ToolRuntime } from "langchain";
import { z } from "zod";
import { chooseModel } from "./model.ts";

await using desk = await openDesk("Billing desk with LangChain", ["openai", "anthropic"]);
const { proxyUrl, customer, order } = desk;

const turns = billingDeskTurns({
  customer,
  order,
  handOver: (agent) => ({ tool: `hand_over_to_${agent}`, input: {} }),
});
const model = await chooseModel(desk.model, turns);

/** Sends the graph above the agent to another node, with all that was said. */
function handOverTo(agent: string) {
  return tool(
    (_input, { state, toolCallId }: ToolRuntime<typeof MessagesAnnotation.State>) => {
      const answer = new ToolMessage({
        content: `The ${agent} agent has taken over.`,
        tool_call_id: toolCallId,
      });
      return new Command({
        goto: agent,
        graph: Command.PARENT,
        update: { messages: [...state.messages, answer] },
      });
    },
    { name: `hand_over_to_${agent}`, description: `Hands over to the ${agent} agent.`, schema: z.object({}) },
  );
}

function makeAgent(
  name: string,
  systemPrompt: string,
  tools: readonly StructuredToolInterface[],
  others: string[],
) {
  const prompt = `${systemPrompt} What you cannot do yourself, hand over.`;
  return createAgent({ name, model, systemPrompt: prompt, tools: [...tools, ...others.map(handOverTo)] })
    .graph;
}

// One run for all three: an act happens once in it, whoever asks for it. The run holds no key.
const run = createRun();
const billing = { vaultKey: await desk.vaultKey("billing"), agent: "billing", run, proxyUrl };
const refund = { vaultKey: await desk.vaultKey("refund"), agent: "refund", run, proxyUrl };
const audit = { vaultKey: await desk.vaultKey("audit"), agent: "audit", run, proxyUrl };

const billingAgent = makeAgent(
  "billing",
  "You charge customers.",
  [
    ...billingTools(billing),
    // A mistake, made on purpose: a refund tool with the key that charges. The proxy refuses what a key may not do.
    ...refundTools({ ...billing, only: ["create_refund"] }),
  ],
  ["refund", "audit"],
);
const refundAgent = makeAgent("refund", "You refund charges.", refundTools(refund), ["billing", "audit"]);
const auditAgent = makeAgent("audit", "You look up charges and refunds. Name their ids.", auditTools(audit), [
  "billing",
  "refund",
]);

const graph = new StateGraph(MessagesAnnotation)
  .addNode("billing", billingAgent, { ends: ["refund", "audit"] })
  .addNode("refund", refundAgent, { ends: ["billing", "audit"] })
  .addNode("audit", auditAgent, { ends: ["billing", "refund"] })
  .addEdge(START, "billing")
  .compile();

const request = billingDeskRequest(desk);
const { messages } = await graph.invoke({ messages: [new HumanMessage(request)] });
const answer = messages.at(-1)?.text ?? "";
await checkBillingDesk(desk, run.runId, answer);
