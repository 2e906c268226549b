import { afterAll, beforeAll, expect, test } from "vitest";
import { charge, type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

test("a call's line says who called, in which run, about how much; and no key, whoever puts one there", async () => {
  const { id, vault_key } = await stack.issue();
  const from = stack.logLines.length;
  const agent = { "x-agent-run-id": "run-7", "x-agent-name": "billing" };
  await charge(stack, vault_key, { amount: 1999 }, agent);
  await charge(
    stack,
    vault_key,
    { amount: 9900 },
    { ...agent, "x-agent-name": `${UPSTREAM_KEY} ${vault_key}` },
  );
  const lines = stack.logLines.slice(from);
  const calls = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "call");
  const operation = "charges.create";
  expect(calls).toMatchObject([
    { vault_key_id: id, operation, run_id: "run-7", agent: "billing", usd_micros: 19_990_000, status: 200 },
    { vault_key_id: id, operation, run_id: "run-7", usd_micros: 99_000_000, code: "spend_cap_exceeded" },
  ]);
  for (const secret of [UPSTREAM_KEY, vault_key]) expect(lines.join("\n")).not.toContain(secret);
});
