// A tool as Mastra's agents call it: one simulated charge, and an invalid input that is refused.
import { createRun } from "@keybrake/core";
import { billingTools } from "@keybrake/mastra";

const { create_charge: charge } = billingTools({ vaultKey: "vk_test_0", mode: "simulate", run: createRun() });
/** @type {any} */
const context = {};
const input = { customer_id: "cus_1", amount_cents: 2900, billing_period: "2026-06" };
/** @type {any} */
const outcome = await charge.execute?.(/** @type {any} */ (input), context);
if (outcome?.ok !== true) throw new Error(JSON.stringify(outcome));
/** @type {any} */
const refusal = await charge.execute?.(/** @type {any} */ ({ ...input, amount_cents: -1 }), context);
if (refusal?.ok !== false) throw new Error(JSON.stringify(refusal));

// @ts-expect-error a billing key has no refund tool: the types are there and are not `any`
() => billingTools({ vaultKey: "vk_test_0", only: ["create_refund"] });

console.log(`${outcome.id} ${outcome.status}, invalid input refused`);
