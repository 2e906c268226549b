/**
 * A billing desk with LangChain: three agents, nodes of one graph, that hand a conversation over to each other.
 * Each has the tools of its role under a vault key of its own, and nothing of the others.
 *
 * In the environment: KEYBRAKE_PROXY_URL and KEYBRAKE_BILLING_VAULT_KEY, …_REFUND_…, …_AUDIT_….
 */
import { createRun } from "@keybrake/core";
import { auditTools, billingTools, refundTools } from "@keybrake/langchain";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { type StructuredToolInterface, tool } from "@langchain/core/tools";
import { Command, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { createAgent, type ToolRuntime } from "langchain";
import { z } from "zod";

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

/** Does what is asked, and answers what the last agent said. */
export async function billingDesk(
  request: string,
  { model, runId }: { model: BaseChatModel; runId: string },
): Promise<string> {
  // One run for all three, named after the job: an act happens once in it, whoever asks for it, also when the job is
  // done again. The run holds no key.
  const run = createRun({ runId });
  const { env } = process;
  const billing = { vaultKey: env.KEYBRAKE_BILLING_VAULT_KEY ?? "", agent: "billing", run };
  const refund = { vaultKey: env.KEYBRAKE_REFUND_VAULT_KEY ?? "", agent: "refund", run };
  const audit = { vaultKey: env.KEYBRAKE_AUDIT_VAULT_KEY ?? "", agent: "audit", run };

  function makeAgent(
    name: string,
    prompt: string,
    own: readonly StructuredToolInterface[],
    others: string[],
  ) {
    const systemPrompt = `${prompt} What you cannot do yourself, hand over.`;
    return createAgent({ name, model, systemPrompt, tools: [...own, ...others.map(handOverTo)] }).graph;
  }
  const charger = makeAgent("billing", "You charge customers.", billingTools(billing), ["refund", "audit"]);
  const refunder = makeAgent("refund", "You refund charges.", refundTools(refund), ["billing", "audit"]);
  const looksUp = "You look up charges and refunds. Name their ids.";
  const auditor = makeAgent("audit", looksUp, auditTools(audit), ["billing", "refund"]);

  const graph = new StateGraph(MessagesAnnotation)
    .addNode("billing", charger, { ends: ["refund", "audit"] })
    .addNode("refund", refunder, { ends: ["billing", "audit"] })
    .addNode("audit", auditor, { ends: ["billing", "refund"] })
    .addEdge(START, "billing")
    .compile();
  const { messages } = await graph.invoke({ messages: [new HumanMessage(request)] });
  return messages.at(-1)?.text ?? "";
}
