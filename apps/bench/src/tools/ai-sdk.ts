import { billingTools } from "@keybrake/ai-sdk";
import { tool } from "ai";
import { chargeInput, PLAIN_SCHEMA, PLAIN_TOOL, plainCharge, TOOL_OPTIONS, type ToolProbe } from "./probe.ts";

const CALL = { toolCallId: "call_1", messages: [], context: {} };

export function probeAiSdk(): ToolProbe {
  const createTools = () => billingTools(TOOL_OPTIONS);
  const ours = createTools().create_charge;
  const plain = tool({
    description: PLAIN_TOOL.description,
    inputSchema: PLAIN_SCHEMA,
    execute: plainCharge,
  });
  return {
    framework: "ai-sdk",
    createTools,
    callKeybrake: async (reference) => await ours.execute(chargeInput(reference), CALL),
    callPlain: async (reference) => await plain.execute(chargeInput(reference), CALL),
  };
}
