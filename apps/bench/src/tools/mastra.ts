import { billingTools } from "@keybrake/mastra";
import { createTool, noopObserve } from "@mastra/core/tools";
import { chargeInput, PLAIN_SCHEMA, PLAIN_TOOL, plainCharge, TOOL_OPTIONS, type ToolProbe } from "./probe.ts";

export function probeMastra(): ToolProbe {
  const createTools = () => billingTools(TOOL_OPTIONS);
  const ours = createTools().create_charge;
  const plain = createTool({
    id: PLAIN_TOOL.name,
    description: PLAIN_TOOL.description,
    inputSchema: PLAIN_SCHEMA,
    execute: plainCharge,
  });
  return {
    framework: "mastra",
    createTools,
    callKeybrake: async (reference) => await ours.execute(chargeInput(reference)),
    callPlain: async (reference) => await plain.execute?.(chargeInput(reference), { observe: noopObserve }),
  };
}
