/** The witness: runs the app offline, with a scripted stand-in for the model, and checks what it did. */
import {
  billingDeskRequest,
  billingDeskTurns,
  checkBillingDesk,
  createScript,
  openWitness,
} from "@keybrake/example-shared";
import { billingDesk } from "./app.ts";
import { chooseService } from "./model.ts";

await using witness = await openWitness("Ax", ["openai", "anthropic"]);
const turns = billingDeskTurns(witness, (agent) => ({ tool: "hand_over", input: { agent } }));
const service = chooseService(witness.model, createScript(turns));
const answer = await billingDesk(billingDeskRequest(witness), { service, runId: witness.order });
await checkBillingDesk(witness, answer);
