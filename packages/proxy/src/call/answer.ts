import { answered, type CallDependencies, type Ending, type Forwarded } from "./call.ts";
import type { Step } from "./step.ts";

/** Step 11: what the vendor said, scrubbed, now that its row is durable. */
export const answer: Step<Forwarded, Forwarded> = { name: "answer", refuses: [], take };

function take(_deps: CallDependencies, { facts, verdict, sending, claim }: Forwarded): Ending {
  const delivers = claim?.by === "act" && verdict.stored !== null ? sending.holder : null;
  return answered(facts, verdict.answer, sending.again ? "replayed" : "allowed", verdict.code, delivers);
}
