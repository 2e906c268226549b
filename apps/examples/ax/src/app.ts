/**
 * A billing desk with Ax: three programs over one memory that hand a conversation over to each other. Each has the
 * functions of its role under a vault key of its own, and nothing of the others.
 *
 * In the environment: KEYBRAKE_PROXY_URL and KEYBRAKE_BILLING_VAULT_KEY, …_REFUND_…, …_AUDIT_….
 */
import { type AxAIService, type AxFunction, AxMemory, ax } from "@ax-llm/ax";
import { auditTools, billingTools, refundTools } from "@keybrake/ax";
import { createRun } from "@keybrake/core";

type Desk = "billing" | "refund" | "audit";

function makeProgram(instruction: string, functions: readonly AxFunction[]) {
  const program = ax("question:string -> answer:string", { functions: [...functions] });
  program.setInstruction(`${instruction} What you cannot do yourself, hand over.`);
  return program;
}

/** Does what is asked, and answers what the last agent said. */
export async function billingDesk(
  question: string,
  { service, runId }: { service: AxAIService; runId: string },
): Promise<string> {
  // One run for all three, named after the job: an act happens once in it, whoever asks for it, also when the job is
  // done again. The run holds no key.
  const run = createRun({ runId });
  const { env } = process;
  const billing = { vaultKey: env.KEYBRAKE_BILLING_VAULT_KEY ?? "", agent: "billing", run };
  const refund = { vaultKey: env.KEYBRAKE_REFUND_VAULT_KEY ?? "", agent: "refund", run };
  const audit = { vaultKey: env.KEYBRAKE_AUDIT_VAULT_KEY ?? "", agent: "audit", run };

  let next: Desk | undefined;
  const handOver: AxFunction = {
    name: "hand_over",
    description: "Hands the conversation over to another agent.",
    parameters: {
      type: "object",
      properties: { agent: { type: "string", description: "Who", enum: ["billing", "refund", "audit"] } },
      required: ["agent"],
    },
    func: ({ agent }: { agent: Desk }) => {
      next = agent;
      return `The ${agent} agent has taken over.`;
    },
  };
  const programs = {
    billing: makeProgram("You charge customers.", [...billingTools(billing), handOver]),
    refund: makeProgram("You refund charges.", [...refundTools(refund), handOver]),
    audit: makeProgram("You look up charges and refunds. Name their ids.", [...auditTools(audit), handOver]),
  };

  // What one program has seen, the next one sees.
  const mem = new AxMemory();
  let program = programs.billing;
  for (;;) {
    next = undefined;
    // A stop function ends its program; the answer is then still to come.
    const options = { mem, stream: false, stopFunction: "hand_over", maxSteps: 20 } as const;
    const { answer } = await program.forward(service, { question }, options);
    if (next === undefined) return answer;
    program = programs[next];
  }
}
