import type { AxFunction } from "@ax-llm/ax";
import { billingTools } from "@keybrake/ax";
import { chargeInput, PLAIN_TOOL, plainCharge, TOOL_OPTIONS, type ToolProbe } from "./probe.ts";

export function probeAx(): ToolProbe {
  const createTools = () => billingTools(TOOL_OPTIONS);
  const [ours] = billingTools({ ...TOOL_OPTIONS, only: ["create_charge"] });
  const plain: AxFunction = { ...PLAIN_TOOL, func: plainCharge };
  return {
    framework: "ax",
    createTools,
    callKeybrake: async (reference) => await ours?.func(chargeInput(reference)),
    callPlain: async (reference) => await plain.func?.(chargeInput(reference)),
  };
}
