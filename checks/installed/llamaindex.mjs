// A tool call as LlamaIndex's agents make it: one simulated charge.
import { createRun } from "@keybrake/core";
import { billingTools } from "@keybrake/llamaindex";

const [charge] = billingTools({
  vaultKey: "vk_test_0",
  mode: "simulate",
  run: createRun(),
  only: ["create_charge"],
});
if (charge === undefined) throw new Error("no create_charge");
const input = {
  customer_id: "cus_1",
  amount_cents: 2900,
  currency: null,
  description: null,
  billing_period: "2026-06",
  reference: null,
};
const outcome = await charge.call(input);
if (!outcome.ok) throw new Error(outcome.message);
const refusal = await charge.call({ ...input, amount_cents: -1 });
if (refusal.ok) throw new Error(JSON.stringify(refusal));

// @ts-expect-error a billing key has no refund tool: the types are there and are not `any`
() => billingTools({ vaultKey: "vk_test_0", only: ["create_refund"] });

console.log(`${outcome.id} ${outcome.status}, invalid input refused`);
