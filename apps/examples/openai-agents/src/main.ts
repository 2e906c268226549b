/** The witness: runs the app offline, with a scripted stand-in for the model, and checks what it did. */
import {
  billingDeskRequest,
  billingDeskTurns,
  checkBillingDesk,
  openWitness,
} from "@keybrake/example-shared";
import { setDefaultModelProvider, setTracingDisabled } from "@openai/agents-core";
import { billingDesk } from "./app.ts";
import { chooseModel } from "./model.ts";

await using witness = await openWitness("OpenAI Agents SDK", ["openai"]);
const turns = billingDeskTurns(witness, (agent) => ({ tool: `transfer_to_${agent}`, input: {} }));
const model = await chooseModel(witness.model, turns);
// What "@openai/agents" does when it is imported, with another model.
setDefaultModelProvider({ getModel: () => model });
setTracingDisabled(true);
const answer = await billingDesk(billingDeskRequest(witness), { runId: witness.order });
await checkBillingDesk(witness, answer);
