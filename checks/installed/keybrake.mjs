// Emulator, ledger and proxy from their published form: a charge within the cap goes once, one above it does not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdminClient, createRun, createToolset } from "@keybrake/core";
import { openSqliteLedger } from "@keybrake/ledger";
import { createLog, createProxy, createUndiciUpstream } from "@keybrake/proxy";
import { createEmulatorControl, startEmulator } from "@keybrake/stripe-emulator";

const folder = mkdtempSync(join(tmpdir(), "keybrake-installed-"));
const emulator = await startEmulator();
const ledger = await openSqliteLedger({ path: join(folder, "keybrake.db") });
const adminKey = "admin_0123456789abcdef0123456789abcdef";
const proxy = createProxy({
  ledger,
  upstream: createUndiciUpstream(emulator.url),
  credential: "sk_test_installed",
  adminKey,
  log: createLog({ destination: { write: () => {} } }),
});
const { url } = await proxy.listen({ port: 0, host: "127.0.0.1" });
const admin = createAdminClient({ proxyUrl: url, adminKey });
const { vault_key } = await admin.vaultKeys.create({ name: "installed", role: "billing", daily_usd_cap: 50 });
const { tools } = createToolset("billing", { vaultKey: vault_key, proxyUrl: url, run: createRun() });
const charge = tools.find((tool) => tool.name === "create_charge");
const june = { customer_id: "cus_demo_alice", amount_cents: 2900, billing_period: "2026-06" };
const outcomes = [
  await charge?.execute(june),
  await charge?.execute(june),
  await charge?.execute({ ...june, billing_period: "2026-07" }),
];
const { currencies } = await createEmulatorControl(emulator.url).summary();
await proxy.close();
await ledger.close();
await emulator.close();
rmSync(folder, { recursive: true });

const codes = outcomes.map((outcome) =>
  outcome?.ok ? (outcome.replayed ? "replayed" : "ok") : outcome?.code,
);
if (codes.join() !== "ok,replayed,spend_cap_exceeded" || currencies.usd?.charged !== 2900)
  throw new Error(JSON.stringify([outcomes, currencies]));
console.log(`${codes.join(", ")}; Stripe's stand-in charged ${currencies.usd.charged} cents`);
