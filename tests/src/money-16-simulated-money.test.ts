import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/** Before: what a simulate key spent, which no money ever stood behind, was counted by the real budget that it named. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(() => stack.control.reset());

test("simulated money fills books of its own, and the real budget is whole", async () => {
  await stack.admin("/budgets", { method: "POST", body: { name: "june", daily_usd_cap: 20 } });
  const policy = { role: "billing", budget: "june" };
  const simulated = await stack.issue({ ...policy, simulate: true });
  const real = await stack.issue(policy);
  const statuses = async (vaultKey: string) => [
    (await charge(stack, vaultKey, { amount: "1500", "metadata[reference]": "one" })).status,
    (await charge(stack, vaultKey, { amount: "1500", "metadata[reference]": "two" })).status,
  ];
  const charged = async () =>
    (await stack.control.requests()).data.filter(({ operation }) => operation === "charges.create").length;
  expect(await statuses(simulated.vault_key)).toEqual([200, 429]);
  expect(await charged()).toBe(0);
  expect(await statuses(real.vault_key)).toEqual([200, 429]);
  expect(await charged()).toBe(1);
});
