// A tool call as LangChain's agents make it: one simulated charge.
import { createRun } from "@keybrake/core";
import { billingTools } from "@keybrake/langchain";
import { ToolMessage } from "@langchain/core/messages";

const tools = billingTools({ vaultKey: "vk_test_0", mode: "simulate", run: createRun() });
const charge = tools.find((tool) => tool.name === "create_charge");
if (charge === undefined) throw new Error("no create_charge");
const args = { customer_id: "cus_1", amount_cents: 2900, billing_period: "2026-06" };
/** @type {unknown} */
const message = await charge.invoke({ type: "tool_call", id: "call_1", name: "create_charge", args });
if (!(message instanceof ToolMessage) || message.status !== "success" || message.tool_call_id !== "call_1")
  throw new Error(JSON.stringify(message));
const invalid = { ...args, amount_cents: -1 };
/** @type {unknown} */
const refusal = await charge.invoke({
  type: "tool_call",
  id: "call_2",
  name: "create_charge",
  args: invalid,
});
if (!(refusal instanceof ToolMessage) || refusal.status !== "error") throw new Error(JSON.stringify(refusal));

// @ts-expect-error a billing key has no refund tool: the types are there and are not `any`
() => billingTools({ vaultKey: "vk_test_0", only: ["create_refund"] });

console.log(`${message.artifact.id} ${message.artifact.status}, invalid input refused`);
