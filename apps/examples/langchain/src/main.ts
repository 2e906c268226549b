/** The witness: runs the app offline, with a scripted stand-in for the model, and checks what it did. */
import {
  billingDeskRequest,
  billingDeskTurns,
  checkBillingDesk,
  openWitness,
} from "@keybrake/example-shared";
import { billingDesk } from "./app.ts";
import { chooseModel } from "./model.ts";

await using witness = await openWitness("LangChain", ["openai", "anthropic"]);
const turns = billingDeskTurns(witness, (agent) => ({ tool: `hand_over_to_${agent}`, input: {} }));
const model = await chooseModel(witness.model, turns);
const answer = await billingDesk(billingDeskRequest(witness), { model, runId: witness.order });
await checkBillingDesk(witness, answer);
