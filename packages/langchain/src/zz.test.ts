import { test, expect } from "vitest";
import { billingTools } from "./index.ts";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { fakeModel } from "@langchain/core/testing";
import { AIMessage } from "@langchain/core/messages";
import { createAgent } from "langchain";
test("x", async () => {
  const tools = billingTools({ vaultKey: "vk_test_x", proxyUrl: "http://127.0.0.1:9", mode: "simulate" });
  const [t] = tools;
  console.log(JSON.stringify(convertToOpenAITool(t as never)));
  console.log(await t!.invoke({ customer_id: "cus_1", amount_cents: -1 } as never));
  console.log(await t!.invoke({ customer_id: "cus_1", amount_cents: 1 } as never));
  const model = fakeModel().respondWithTools([{ name: "create_charge", args: { customer_id: "cus_1", amount_cents: 5 }, id: "c1" },{ name: "create_charge", args: { customer_id: "cus_1", amount_cents: -5 }, id: "c2" }]).respond(new AIMessage("done"));
  const agent = createAgent({ model, tools });
  const r = await agent.invoke({ messages: [{ role: "user", content: "go" }] }, { configurable: { thread_id: "t1" } });
  console.log(JSON.stringify(r.messages.slice(2)));
});
