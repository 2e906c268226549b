// The AI SDK's own loop with a scripted model: one simulated charge.
import { billingTools } from "@keybrake/ai-sdk";
import { createRun } from "@keybrake/core";
import { generateText, isStepCount } from "ai";
import { MockLanguageModelV4 } from "ai/test";

const tools = billingTools({ vaultKey: "vk_test_0", mode: "simulate", run: createRun() });
const input = JSON.stringify({ customer_id: "cus_1", amount_cents: 2900, billing_period: "2026-06" });
const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const model = new MockLanguageModelV4({
  doGenerate: async ({ prompt }) =>
    prompt.at(-1)?.role === "tool"
      ? {
          content: [{ type: "text", text: "Done." }],
          finishReason: { unified: "stop", raw: "stop" },
          usage,
          warnings: [],
        }
      : {
          content: [{ type: "tool-call", toolCallId: "call_1", toolName: "create_charge", input }],
          finishReason: { unified: "tool-calls", raw: "tool_calls" },
          usage,
          warnings: [],
        },
});
const result = await generateText({ model, tools, prompt: "Charge June.", stopWhen: isStepCount(3) });
const [outcome] = result.steps.flatMap((step) => step.staticToolResults.map((called) => called.output));
if (outcome?.ok !== true) throw new Error(JSON.stringify(result.steps));

// @ts-expect-error a billing key has no refund tool: the types are there and are not `any`
() => billingTools({ vaultKey: "vk_test_0", only: ["create_refund"] });

console.log(`${outcome.id} ${outcome.status}, model said ${result.text}`);
