// Ax's own loop with its mock service: one simulated charge.
import { AxMockAIService, ax } from "@ax-llm/ax";
import { billingTools } from "@keybrake/ax";
import { createRun } from "@keybrake/core";

const params = JSON.stringify({ customer_id: "cus_1", amount_cents: 2900, billing_period: "2026-06" });
let results = "";
const service = new AxMockAIService({
  features: { functions: true, streaming: false },
  chatResponse: async ({ chatPrompt }) => {
    results = JSON.stringify(chatPrompt.filter((message) => message.role === "function"));
    return results === "[]"
      ? {
          results: [
            {
              index: 0,
              functionCalls: [
                { id: "call_1", type: "function", function: { name: "create_charge", params } },
              ],
              finishReason: "stop",
            },
          ],
        }
      : { results: [{ index: 0, content: "Answer: Done.", finishReason: "stop" }] };
  },
});
const functions = billingTools({ vaultKey: "vk_test_0", mode: "simulate", run: createRun() });
const program = ax("question:string -> answer:string", { functions });
const { answer } = await program.forward(service, { question: "Charge June." }, { stream: false });
const [id] = /ch_mock_\w+/.exec(results) ?? [];
if (id === undefined || answer !== "Done.") throw new Error(results);

// @ts-expect-error a billing key has no refund tool: the types are there and are not `any`
() => billingTools({ vaultKey: "vk_test_0", only: ["create_refund"] });

console.log(`${id}, model said ${answer}`);
