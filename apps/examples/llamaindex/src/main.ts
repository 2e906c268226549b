/** The witness: runs the app offline, with a scripted stand-in for the model, and checks what it did. */
import {
  billingDeskRequest,
  billingDeskTurns,
  checkBillingDesk,
  createScript,
  openWitness,
} from "@keybrake/example-shared";
import { billingDesk } from "./app.ts";
import { chooseModel } from "./model.ts";

await using witness = await openWitness("LlamaIndex", ["openai"]);
const reason = "It is your part.";
const turns = billingDeskTurns(witness, (toAgent) => ({ tool: "handOff", input: { toAgent, reason } }));
const llm = chooseModel(witness.model, createScript(turns));
const answer = await billingDesk(billingDeskRequest(witness), { llm, runId: witness.order });
await checkBillingDesk(witness, answer);
