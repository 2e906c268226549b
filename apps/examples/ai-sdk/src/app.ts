/**
 * A billing desk with the Vercel AI SDK: three agents that hand a conversation over to each other. Each has the
 * tools of its role under a vault key of its own, and nothing of the others.
 *
 * In the environment: KEYBRAKE_PROXY_URL and KEYBRAKE_BILLING_VAULT_KEY, …_REFUND_…, …_AUDIT_….
 */
import { auditTools, billingTools, refundTools } from "@keybrake/ai-sdk";
import { createRun } from "@keybrake/core";
import {
  hasToolCall,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  ToolLoopAgent,
  type ToolSet,
  tool,
} from "ai";
import { z } from "zod";

const handOver = tool({
  description: "Hands the conversation over to another agent.",
  inputSchema: z.object({ agent: z.enum(["billing", "refund", "audit"]) }),
  execute: async ({ agent }) => `The ${agent} agent has taken over.`,
});

/** Does what is asked, and answers what the last agent said. */
export async function billingDesk(
  request: string,
  { model, runId }: { model: LanguageModel; runId: string },
): Promise<string> {
  // One run for all three, named after the job: an act happens once in it, whoever asks for it, also when the job is
  // done again. The run holds no key.
  const run = createRun({ runId });
  const { env } = process;
  const billing = { vaultKey: env.KEYBRAKE_BILLING_VAULT_KEY ?? "", agent: "billing", run };
  const refund = { vaultKey: env.KEYBRAKE_REFUND_VAULT_KEY ?? "", agent: "refund", run };
  const audit = { vaultKey: env.KEYBRAKE_AUDIT_VAULT_KEY ?? "", agent: "audit", run };

  const makeAgent = (instructions: string, tools: ToolSet) =>
    new ToolLoopAgent({
      model,
      instructions: `${instructions} What you cannot do yourself, hand over.`,
      tools: { ...tools, hand_over: handOver },
      stopWhen: [hasToolCall("hand_over"), isStepCount(20)],
    });
  const agents = {
    billing: makeAgent("You charge customers.", billingTools(billing)),
    refund: makeAgent("You refund charges.", refundTools(refund)),
    audit: makeAgent("You look up charges and refunds. Name their ids.", auditTools(audit)),
  };

  const messages: ModelMessage[] = [{ role: "user", content: request }];
  let agent = agents.billing;
  for (;;) {
    const { responseMessages, toolCalls, text } = await agent.generate({ messages });
    messages.push(...responseMessages);
    const next = toolCalls.find((call) => !call.dynamic && call.toolName === "hand_over");
    if (next === undefined) return text;
    agent = agents[next.input.agent];
  }
}
