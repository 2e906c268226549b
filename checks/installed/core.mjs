// Core without a framework: one simulated charge, and the same again.
import { createRun, createToolset } from "@keybrake/core";

const run = createRun({ runId: "installed" });
const toolset = createToolset("billing", { vaultKey: "vk_test_0", mode: "simulate", run });
const charge = toolset.tools.find((tool) => tool.name === "create_charge");
const input = { customer_id: "cus_1", amount_cents: 2900, billing_period: "2026-06" };
const first = await charge?.execute(input);
const second = await charge?.execute(input);
if (first?.ok !== true || second?.ok !== true || first.id !== second.id || !second.replayed)
  throw new Error(JSON.stringify([first, second]));

// @ts-expect-error there is no such role: the types are there and are not `any`
() => createToolset("nobody", { vaultKey: "vk_test_0" });

console.log(`${first.id} ${first.status}, replayed at the second time`);
