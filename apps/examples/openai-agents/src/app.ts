/**
 * A billing desk with the OpenAI Agents SDK: three agents with handoffs to each other. Each has the tools of its
 * role under a vault key of its own, and nothing of the others.
 *
 * In the environment: OPENAI_API_KEY, KEYBRAKE_PROXY_URL and KEYBRAKE_BILLING_VAULT_KEY, …_REFUND_…, …_AUDIT_….
 */
import { createRun } from "@keybrake/core";
import { auditTools, billingTools, refundTools } from "@keybrake/openai-agents";
import { Agent, Runner } from "@openai/agents-core"; // "@openai/agents" has the same

/** Does what is asked, and answers what the last agent said. */
export async function billingDesk(request: string, { runId }: { runId: string }): Promise<string> {
  // One run for all three, named after the job: an act happens once in it, whoever asks for it, also when the job is
  // done again. The run holds no key.
  const run = createRun({ runId });
  const { env } = process;
  const billing = { vaultKey: env.KEYBRAKE_BILLING_VAULT_KEY ?? "", agent: "billing", run };
  const refund = { vaultKey: env.KEYBRAKE_REFUND_VAULT_KEY ?? "", agent: "refund", run };
  const audit = { vaultKey: env.KEYBRAKE_AUDIT_VAULT_KEY ?? "", agent: "audit", run };

  const billingAgent = new Agent({
    name: "billing",
    instructions: "You charge customers. What you cannot do yourself, hand over.",
    tools: billingTools(billing),
  });
  const refundAgent = new Agent({
    name: "refund",
    instructions: "You refund charges. What you cannot do yourself, hand over.",
    tools: refundTools(refund),
  });
  const auditAgent = new Agent({
    name: "audit",
    instructions: "You look up charges and refunds, and name their ids.",
    tools: auditTools(audit),
  });
  billingAgent.handoffs.push(refundAgent, auditAgent);
  refundAgent.handoffs.push(billingAgent, auditAgent);
  auditAgent.handoffs.push(billingAgent, refundAgent);

  const { finalOutput = "" } = await new Runner().run(billingAgent, request);
  return finalOutput;
}
