import type { AdminClient, Role } from "@keybrake/core";
import type { Command } from "commander";
import { type DevEnvironment, devJson, renderDev } from "../format/dev.ts";
import type { Io } from "../io.ts";
import { readRates } from "../server/read-rates.ts";
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

async function issueKeys(admin: AdminClient): Promise<DevEnvironment["vaultKeys"]> {
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
    rates: await readRates(readSetting(SETTINGS.rates, flags.rates, io.env)),
  };
  const level = readSetting(LOG_LEVEL, flags.logLevel, io.env) ?? LOG_LEVEL.fallback;
  const stop = io.stopSignal();
  const { createLog, startProxy } = await import("@keybrake/proxy");
  await using proxy = await startProxy({ ...settings, log: createLog({ level, destination: io.log }) });
  const { url: proxyUrl, adminKey, admin, emulator } = proxy;
  const vaultKeys = await issueKeys(admin);
  const environment = { proxyUrl, emulatorUrl: emulator.url, adminKey, vaultKeys };
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
