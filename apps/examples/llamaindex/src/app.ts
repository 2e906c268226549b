/**
 * A billing desk with LlamaIndex: a workflow of three agents that hand a conversation over to each other. Each has
 * the tools of its role under a vault key of its own, and nothing of the others.
 *
 * In the environment: KEYBRAKE_PROXY_URL and KEYBRAKE_BILLING_VAULT_KEY, …_REFUND_…, …_AUDIT_….
 */
import { createRun } from "@keybrake/core";
import { auditTools, billingTools, refundTools } from "@keybrake/llamaindex";
import type { ToolCallLLM } from "@llamaindex/core/llms";
import { agent, multiAgent } from "@llamaindex/workflow";

/** Does what is asked, and answers what the last agent said. */
export async function billingDesk(
  request: string,
  { llm, runId }: { llm: ToolCallLLM; runId: string },
): Promise<string> {
  // One run for all three, named after the job: an act happens once in it, whoever asks for it, also when the job is
  // done again. The run holds no key.
  const run = createRun({ runId });
  const { env } = process;
  const billing = { vaultKey: env.KEYBRAKE_BILLING_VAULT_KEY ?? "", agent: "billing", run };
  const refund = { vaultKey: env.KEYBRAKE_REFUND_VAULT_KEY ?? "", agent: "refund", run };
  const audit = { vaultKey: env.KEYBRAKE_AUDIT_VAULT_KEY ?? "", agent: "audit", run };

  const billingAgent = agent({
    name: "billing",
    description: "Charges customers.",
    systemPrompt: "You charge customers. What you cannot do yourself, hand over.",
    llm,
    tools: billingTools(billing),
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

  const desk = multiAgent({ agents: [billingAgent, refundAgent, auditAgent], rootAgent: billingAgent });
  const { data } = await desk.run(request);
  return String(data.result);
}
