import { billingTools } from "@keybrake/llamaindex";
import { FunctionTool } from "@llamaindex/core/tools";
import { chargeInput, PLAIN_SCHEMA, PLAIN_TOOL, plainCharge, TOOL_OPTIONS, type ToolProbe } from "./probe.ts";

export function probeLlamaIndex(): ToolProbe {
  const createTools = () => billingTools(TOOL_OPTIONS);
  const [ours] = billingTools({ ...TOOL_OPTIONS, only: ["create_charge"] });
  const plain = FunctionTool.from(plainCharge, {
    ...PLAIN_TOOL,
    parameters: PLAIN_SCHEMA,
  });
  return {
    framework: "llamaindex",
    createTools,
    callKeybrake: async (reference) => await ours?.call(chargeInput(reference)),
    callPlain: async (reference) => await plain.call(chargeInput(reference)),
  };
}
