/**
 * A billing desk with Ax: three programs over one memory that hand a conversation over to each other. Each has the
 * functions of its role under a vault key of its own, and nothing of the others.
 */
import { type AxFunction, AxMemory, ax } from "@ax-llm/ax";
import { auditTools, billingTools, refundTools } from "@keybrake/ax";
import { createRun } from "@keybrake/core";
import { billingDeskRequest, billingDeskTurns, checkBillingDesk, openDesk } from "@keybrake/example-shared";
import { chooseService } from "./model.ts";

await using desk = await openDesk("Billing desk with Ax", ["openai", "anthropic"]);
const { proxyUrl, customer, order } = desk;

const turns = billingDeskTurns({
  customer,
  order,
  handOver: (agent) => ({ tool: "hand_over", input: { agent } }),
});
const service = chooseService(desk.model, turns);

// One run for all three: an act happens once in it, whoever asks for it. The run holds no key.
const run = createRun();
const billing = { vaultKey: await desk.vaultKey("billing"), agent: "billing", run, proxyUrl };
const refund = { vaultKey: await desk.vaultKey("refund"), agent: "refund", run, proxyUrl };
const audit = { vaultKey: await desk.vaultKey("audit"), agent: "audit", run, proxyUrl };

type Desk = "billing" | "refund" | "audit";
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

function makeProgram(instruction: string, functions: readonly AxFunction[]) {
  const program = ax("question:string -> answer:string", { functions: [...functions, handOver] });
  program.setInstruction(`${instruction} What you cannot do yourself, hand over.`);
  return program;
}

const programs = {
  billing: makeProgram("You charge customers.", [
    ...billingTools(billing),
    // A mistake, made on purpose: a refund tool with the key that charges. The proxy refuses what a key may not do.
    ...refundTools({ ...billing, only: ["create_refund"] }),
  ]),
  refund: makeProgram("You refund charges.", refundTools(refund)),
  audit: makeProgram("You look up charges and refunds. Name their ids.", auditTools(audit)),
};

async function serve(question: string): Promise<string> {
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

const request = billingDeskRequest(desk);
const answer = await serve(request);
await checkBillingDesk(desk, run.runId, answer);
