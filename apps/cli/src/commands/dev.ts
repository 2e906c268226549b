import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "@keybrake/core";
import type { Command } from "commander";
import { type DevEnvironment, devJson, renderDev } from "../format/dev.ts";
import type { Io } from "../io.ts";
import { readRates } from "../server/read-rates.ts";
import { startProxy } from "../server/start-proxy.ts";
import { untilStopped } from "../server/until-stopped.ts";
import { readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";
import { examples, withJson, withListenOptions } from "./options.ts";

interface Flags {
  readonly port?: string;
  readonly host?: string;
  readonly rates?: string;
  readonly logLevel?: string;
  readonly json?: boolean;
}

const CAP_USD = 100;
/** The calls are seen with `keybrake audit --follow`; log lines would bury the keys that are printed. */
const LOG_LEVEL = { ...SETTINGS.logLevel, fallback: "warn" };
/** The emulator accepts every `sk_test_…`. */
const EMULATOR_CREDENTIAL = "sk_test_keybrake_dev";

async function issueKeys(connection: {
  proxyUrl: string;
  adminKey: string;
}): Promise<DevEnvironment["vaultKeys"]> {
  const { createAdminClient } = await import("@keybrake/core");
  const admin = createAdminClient(connection);
  const issue = async (role: Role, daily_usd_cap: number) => {
    const { vault_key } = await admin.vaultKeys.create({ name: `dev-${role}`, role, daily_usd_cap });
    return vault_key;
  };
  const [billing, refund, audit] = [
    await issue("billing", CAP_USD),
    await issue("refund", CAP_USD),
    await issue("audit", 0),
  ];
  return { billing, refund, audit };
}

async function dev(flags: Flags, io: Io): Promise<void> {
  const settings = {
    port: readSetting(SETTINGS.port, flags.port, io.env) ?? 0,
    host: readSetting(SETTINGS.host, flags.host, io.env) ?? SETTINGS.host.fallback,
    logLevel: readSetting(LOG_LEVEL, flags.logLevel, io.env) ?? LOG_LEVEL.fallback,
    rates: await readRates(readSetting(SETTINGS.rates, flags.rates, io.env)),
  };
  const stop = io.stopSignal();
  const { startEmulator } = await import("@keybrake/stripe-emulator");
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "keybrake-dev-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const emulator = await startEmulator();
  opened.defer(() => emulator.close());
  const adminKey = Buffer.from(io.random(24)).toString("base64url");
  const store = join(folder, "keybrake.db");
  const credential = async () => EMULATOR_CREDENTIAL;
  const proxy = await startProxy({ ...settings, store, stripeUrl: emulator.url, adminKey, credential }, io);
  opened.defer(() => proxy.close());
  const vaultKeys = await issueKeys({ proxyUrl: proxy.url, adminKey });
  const environment = { proxyUrl: proxy.url, emulatorUrl: emulator.url, adminKey, vaultKeys };
  await io.stdout.write(flags.json ? devJson(environment) : renderDev(environment));
  await untilStopped(stop);
}

export function addDev(program: Command, io: Io): void {
  const command = program
    .command("dev")
    .description("proxy, Stripe emulator and throw-away keys, with nothing to set up");
  withJson(withListenOptions(command, LOG_LEVEL.fallback), "print addresses and keys as one JSON object")
    .action((flags: Flags) => dev(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "Everything is kept in a temporary folder, removed at the end (Ctrl-C, SIGTERM).",
        "STRIPE_SECRET_KEY, KEYBRAKE_STORE and KEYBRAKE_ADMIN_KEY are not read.",
        examples("keybrake dev", "keybrake dev --port 0 --json"),
      ].join("\n"),
    );
}
