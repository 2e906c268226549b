// The OpenAI Agents SDK's own runner with a scripted model: one simulated charge.
import { createRun } from "@keybrake/core";
import { billingTools } from "@keybrake/openai-agents";
import { Agent, Runner, Usage } from "@openai/agents-core";

/** @import { Model, ModelRequest, ModelResponse, StreamEvent } from "@openai/agents-core" */

const input = JSON.stringify({
  customer_id: "cus_1",
  amount_cents: 2900,
  currency: null,
  description: null,
  billing_period: "2026-06",
  reference: null,
});
let results = "";
/** @implements {Model} */
class ScriptedModel {
  /** @param {ModelRequest} request */
  async getResponse(request) {
    const items = typeof request.input === "string" ? [] : request.input;
    results = JSON.stringify(items.filter((item) => item.type === "function_call_result"));
    /** @type {ModelResponse["output"]} */
    const call = [
      {
        type: "function_call",
        callId: "call_1",
        name: "create_charge",
        status: "completed",
        arguments: input,
      },
    ];
    /** @type {ModelResponse["output"]} */
    const text = [
      {
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Done." }],
      },
    ];
    return { usage: new Usage({ requests: 1 }), output: results === "[]" ? call : text };
  }
  /** @returns {AsyncIterable<StreamEvent>} */
  getStreamedResponse() {
    throw new Error("not streamed");
  }
}

const tools = billingTools({ vaultKey: "vk_test_0", mode: "simulate", run: createRun() });
const agent = new Agent({ name: "billing", model: new ScriptedModel(), tools });
const result = await new Runner({ tracingDisabled: true }).run(agent, "Charge June.");
const [id] = /ch_mock_\w+/.exec(results) ?? [];
if (id === undefined || result.finalOutput !== "Done.") throw new Error(results);

// @ts-expect-error a billing key has no refund tool: the types are there and are not `any`
() => billingTools({ vaultKey: "vk_test_0", only: ["create_refund"] });

console.log(`${id}, model said ${result.finalOutput}`);
