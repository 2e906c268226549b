import { billingTools } from "./index.ts";
import { fakeModel } from "@langchain/core/testing";
import { AIMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createAgent } from "langchain";
import { z } from "zod";
const own = tool(async () => "hi", { name: "create_charge", description: "d", schema: z.object({ customer_id: z.string() }) });
for (const tools of [[own], billingTools({ vaultKey: "vk_test_x", proxyUrl: "http://127.0.0.1:9", mode: "simulate" })]) {
  const model = fakeModel().respondWithTools([{ name: "create_charge", args: { customer_id: "cus_1", amount_cents: 5 }, id: "c1" },{ name: "create_charge", args: { customer_id: "cus_1", amount_cents: -5 }, id: "c2" }]).respond(new AIMessage("done"));
  const agent = createAgent({ model, tools });
  const timer = setTimeout(() => { console.log("HANG"); process.exit(1); }, 4000);
  const r = await agent.invoke({ messages: [{ role: "user", content: "go" }] }, { configurable: { thread_id: "t1" } });
  clearTimeout(timer);
  console.log(JSON.stringify(r.messages.slice(2)));
}
