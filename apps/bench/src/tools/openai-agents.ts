import { billingTools } from "@keybrake/openai-agents";
import { RunContext, tool } from "@openai/agents-core";
import { chargeInput, PLAIN_SCHEMA, PLAIN_TOOL, plainCharge, TOOL_OPTIONS, type ToolProbe } from "./probe.ts";

export function probeOpenAiAgents(): ToolProbe {
  const createTools = () => billingTools(TOOL_OPTIONS);
  const [ours] = billingTools({ ...TOOL_OPTIONS, only: ["create_charge"] });
  const plain = tool({
    ...PLAIN_TOOL,
    parameters: PLAIN_SCHEMA,
    execute: plainCharge,
  });
  const context = new RunContext();
  return {
    framework: "openai-agents",
    createTools,
    callKeybrake: async (reference) => await ours?.invoke(context, JSON.stringify(chargeInput(reference))),
    callPlain: async (reference) => await plain.invoke(context, JSON.stringify(chargeInput(reference))),
  };
}
