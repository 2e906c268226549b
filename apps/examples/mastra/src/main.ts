/** The witness: runs the app offline, with a scripted stand-in for the model, and checks what it did. */
import {
  billingDeskRequest,
  billingDeskTurns,
  checkBillingDesk,
  openWitness,
  type Turn,
} from "@keybrake/example-shared";
import { billingDesk } from "./app.ts";
import { chooseModel } from "./model.ts";

await using witness = await openWitness("Mastra", ["openai", "anthropic"]);
const prompt = `Your part, for ${witness.order}.`;
const turns = billingDeskTurns(witness, (agent) => ({ tool: `agent-${agent}`, input: { prompt } }));
// A sub-agent answers the agent that asked it, which then goes on.
const refunded: Turn = () => "It is refunded.";
const repeat: Turn = (results) =>
  results.at(-1)?.match(/ch_\w+ was charged[^"\\]*/)?.[0] ?? "Nothing was found.";
const model = await chooseModel(witness.model, [...turns.slice(0, 4), refunded, ...turns.slice(4), repeat]);
const answer = await billingDesk(billingDeskRequest(witness), { model, runId: witness.order });
await checkBillingDesk(witness, answer);
