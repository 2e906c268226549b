/**
 * A billing desk with Mastra: a billing agent with two sub-agents, which it asks for what it may not do. Each has the
 * tools of its role under a vault key of its own, and nothing of the others.
 *
 * In the environment: KEYBRAKE_PROXY_URL and KEYBRAKE_BILLING_VAULT_KEY, …_REFUND_…, …_AUDIT_….
 */
import { createRun } from "@keybrake/core";
import { auditTools, billingTools, refundTools } from "@keybrake/mastra";
import { Agent } from "@mastra/core/agent";
import type { MastraModelConfig } from "@mastra/core/llm";

/** Does what is asked, and answers what the billing agent said. `model` may be a name: "openai/gpt-5-mini". */
export async function billingDesk(
  request: string,
  { model, runId }: { model: MastraModelConfig; runId: string },
): Promise<string> {
  // One run for all three, named after the job: an act happens once in it, whoever asks for it, also when the job is
  // done again. The run holds no key.
  const run = createRun({ runId });
  const { env } = process;
  const billing = { vaultKey: env.KEYBRAKE_BILLING_VAULT_KEY ?? "", agent: "billing", run };
  const refund = { vaultKey: env.KEYBRAKE_REFUND_VAULT_KEY ?? "", agent: "refund", run };
  const audit = { vaultKey: env.KEYBRAKE_AUDIT_VAULT_KEY ?? "", agent: "audit", run };

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
    tools: billingTools(billing),
    agents: { refund: refundAgent, audit: auditAgent },
  });

  const { text } = await billingAgent.generate(request, { maxSteps: 20 });
  return text;
}
