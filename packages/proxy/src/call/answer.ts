import { answered, type CallDependencies, type Ending, type Forwarded } from "./call.ts";
import { leave } from "./hold.ts";
import type { Step } from "./step.ts";

/** Step 11: what the vendor said, scrubbed, now that its row is durable. */
export const answer: Step<Forwarded, Forwarded> = { name: "answer", refuses: [], take };

function take(deps: CallDependencies, { facts, verdict, sending, claim }: Forwarded): Ending {
  const { holder } = sending;
  const isKept = claim?.by === "act" && verdict.stored !== null && holder !== null;
  const delivers = isKept ? { callId: holder, known: () => leave(deps, sending) } : null;
  return answered(facts, verdict.answer, sending.again ? "replayed" : "allowed", verdict.code, delivers);
}
