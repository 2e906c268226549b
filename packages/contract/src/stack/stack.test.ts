import { createToolset } from "@keybrake/core";
import { expect, test } from "vitest";
import { startStack } from "./stack.ts";

const input = { customer_id: "cus_demo_alice", amount_cents: 500, billing_period: "2026-06" };

test("a stopped proxy refuses connections; started again it is at the same place with the same books", async () => {
  await using stack = await startStack();
  const { id, vault_key: vaultKey } = await stack.admin.vaultKeys.create({
    name: "test",
    role: "billing",
    daily_usd_cap: 100,
  });
  const runtime = { sleep: async () => {} };
  const { tools } = createToolset("billing", {
    vaultKey,
    proxyUrl: stack.url,
    runtime,
    only: ["create_charge"],
  });
  const charge = (period: string) => tools[0]?.execute({ ...input, billing_period: period });
  expect(await charge("2026-06")).toMatchObject({ ok: true });
  await stack.stopProxy();
  expect(() => stack.ledger).toThrow("stopped");
  expect(await charge("2026-07")).toMatchObject({ ok: false, code: "proxy_unreachable" });
  await stack.startProxy();
  await expect(stack.startProxy()).rejects.toThrow("running");
  expect(await charge("2026-06")).toMatchObject({ ok: true, replayed: true });
  expect((await stack.admin.vaultKeys.get(id)).spent).toBe(5);
  expect((await stack.auditRows()).map(({ decision }) => decision)).toEqual(["allowed", "replayed"]);
  expect((await stack.control.summary()).charges.created).toBe(1);
});

test("the clock of the proxy can be moved forward", async () => {
  await using stack = await startStack();
  const { id } = await stack.admin.vaultKeys.create({
    name: "test",
    role: "billing",
    daily_usd_cap: 1,
    expires_in_seconds: 60,
  });
  expect((await stack.admin.vaultKeys.get(id)).status).toBe("active");
  stack.advance(60_001);
  expect((await stack.admin.vaultKeys.get(id)).status).toBe("expired");
});

test("the emulator takes the proxy's credential and no other", async () => {
  await using stack = await startStack();
  const ask = (key: string) =>
    fetch(`${stack.emulator.url}/v1/charges`, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask(stack.credential)).status).toBe(200);
  expect((await ask("sk_test_another")).status).toBe(401);
});
