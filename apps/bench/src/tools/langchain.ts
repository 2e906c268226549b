import { billingTools } from "@keybrake/langchain";
import { tool } from "@langchain/core/tools";
import { chargeInput, PLAIN_SCHEMA, PLAIN_TOOL, plainCharge, TOOL_OPTIONS, type ToolProbe } from "./probe.ts";

function toolCall(reference: string) {
  return {
    type: "tool_call" as const,
    id: "call_1",
    name: PLAIN_TOOL.name,
    args: chargeInput(reference),
  };
}

export function probeLangChain(): ToolProbe {
  const createTools = () => billingTools(TOOL_OPTIONS);
  const [ours] = billingTools({ ...TOOL_OPTIONS, only: ["create_charge"] });
  const plain = tool(plainCharge, { ...PLAIN_TOOL, schema: PLAIN_SCHEMA });
  return {
    framework: "langchain",
    createTools,
    callKeybrake: async (reference) => await ours?.invoke(toolCall(reference)),
    callPlain: async (reference) => await plain.invoke(toolCall(reference)),
  };
}
