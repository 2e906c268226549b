// Proxy, ledger and emulator from their published form: a charge within the cap goes once, one above it does not.
import { createRun, createToolset } from "@keybrake/core";
import { startProxy } from "@keybrake/proxy";

const proxy = await startProxy();
const { vault_key } = await proxy.admin.vaultKeys.create({
  name: "installed",
  vendor: "stripe",
  role: "billing",
  daily_usd_cap: 50,
});
const { tools } = createToolset("billing", { vaultKey: vault_key, proxyUrl: proxy.url, run: createRun() });
const charge = tools.find((tool) => tool.name === "create_charge");
const june = { customer_id: "cus_demo_alice", amount_cents: 2900, billing_period: "2026-06" };
const outcomes = [
  await charge?.execute(june),
  await charge?.execute(june),
  await charge?.execute({ ...june, billing_period: "2026-07" }),
];
const { currencies } = await proxy.emulator.summary();
await proxy.close();

const codes = outcomes.map((outcome) =>
  outcome?.ok ? (outcome.replayed ? "replayed" : "ok") : outcome?.code,
);
if (codes.join() !== "ok,replayed,spend_cap_exceeded" || currencies.usd?.charged !== 2900)
  throw new Error(JSON.stringify([outcomes, currencies]));
console.log(`${codes.join(", ")}; Stripe's stand-in charged ${currencies.usd.charged} cents`);
