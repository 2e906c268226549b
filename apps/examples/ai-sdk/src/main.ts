/** The witness: runs the app offline, with a scripted stand-in for the model, and checks what it did. */
import {
  billingDeskRequest,
  billingDeskTurns,
  checkBillingDesk,
  createScript,
  openWitness,
} from "@keybrake/example-shared";
import { chooseModel } from "@keybrake/example-shared/ai-sdk";
import { billingDesk } from "./app.ts";

await using witness = await openWitness("AI SDK", ["openai", "anthropic"]);
const turns = billingDeskTurns(witness, (agent) => ({ tool: "hand_over", input: { agent } }));
const model = await chooseModel(witness.model, createScript(turns));
const answer = await billingDesk(billingDeskRequest(witness), { model, runId: witness.order });
await checkBillingDesk(witness, answer);
