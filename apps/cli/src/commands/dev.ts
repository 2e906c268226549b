import type { AdminClient, ApprovalPolicyInput, Role } from "@keybrake/core";
import type { Command } from "commander";
import { followAudit } from "../admin/follow-audit.ts";
import { type DevEnvironment, devJson, renderDev, variablesOf } from "../format/dev.ts";
import type { Io } from "../io.ts";
import { KeyRandomness, type KnownKeys, knownKeys } from "../server/dev-keys.ts";
import { type EnvFile, openEnvFile } from "../server/env-file.ts";
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
  readonly saveEnv?: string;
  readonly json?: boolean;
}

const CAP_USD = 100;
const ASKED_ABOVE_USD = 50;
/** Every call has its line on stdout; log lines would stand between them. */
const LOG_LEVEL = { ...SETTINGS.logLevel, fallback: "warn" };
/** The largest that there is: who keeps a file of keys would not have them end over night. */
const EXPIRES_SECONDS = 366 * 86_400;

async function issueKeys(
  admin: AdminClient,
  { secrets }: KnownKeys,
  randomness: KeyRandomness,
): Promise<DevEnvironment["vaultKeys"]> {
  const issue = async (role: Role, daily_usd_cap: number, approval?: ApprovalPolicyInput) => {
    randomness.willBe(secrets[role]);
    const name = `dev-${role}`;
    const request = { name, role, daily_usd_cap, approval, expires_in_seconds: EXPIRES_SECONDS };
    return (await admin.vaultKeys.create(request)).vault_key;
  };
  const [billing, refund, audit] = [
    await issue("billing", CAP_USD, { above_usd: ASKED_ABOVE_USD }),
    await issue("refund", CAP_USD),
    await issue("audit", 0),
  ];
  return { billing, refund, audit };
}

/** A line for each call, until the signal. */
async function showCalls(
  { proxyUrl, adminKey }: DevEnvironment,
  admin: AdminClient,
  signal: AbortSignal,
  io: Io,
): Promise<void> {
  const { createAuditTable } = await import("../format/audit-table.ts");
  const table = createAuditTable(io.stdout.columns, io.stdout.style);
  await followAudit({
    connection: { proxyUrl, adminKey, admin },
    // From the first call on, however long it takes to connect.
    ...{ io, signal, filter: { from: new Date(0).toISOString() } },
    show: (row) => io.stdout.write(table([row])),
    note: (note) => io.stderr.write(`${note}\n`),
  });
}

const NOTHING_KNOWN: KnownKeys = { adminKey: undefined, secrets: {} };

async function dev(flags: Flags, io: Io): Promise<void> {
  const settings = {
    port: readSetting(SETTINGS.port, flags.port, io.env) ?? 0,
    host: readSetting(SETTINGS.host, flags.host, io.env) ?? SETTINGS.host.fallback,
    rates: await readRates(readSetting(SETTINGS.rates, flags.rates, io.env)),
  };
  const level = readSetting(LOG_LEVEL, flags.logLevel, io.env) ?? LOG_LEVEL.fallback;
  const file: EnvFile | null = flags.saveEnv === undefined ? null : await openEnvFile(flags.saveEnv);
  const known = file === null ? NOTHING_KNOWN : knownKeys(file);
  const stop = io.stopSignal();
  const { createLog, startProxy } = await import("@keybrake/proxy");
  const randomness = new KeyRandomness();
  await using proxy = await startProxy({
    ...settings,
    adminKey: known.adminKey,
    environment: { random: randomness.random },
    log: createLog({ level, destination: io.log }),
    // Whoever tries alerts out listens on this machine.
    alertsAllowPrivate: true,
  });
  const { url: proxyUrl, adminKey, admin, emulator } = proxy;
  const vaultKeys = await issueKeys(admin, known, randomness);
  const environment = { proxyUrl, emulatorUrl: emulator.url, adminKey, vaultKeys };
  await file?.write(variablesOf(environment));
  await io.stdout.write(flags.json ? devJson(environment) : renderDev(environment, file?.name ?? null));
  await (flags.json ? untilStopped(stop) : showCalls(environment, admin, stop, io));
}

export function addDev(program: Command, io: Io): void {
  const command = program
    .command("dev")
    .description("proxy, Stripe emulator and throw-away keys, with nothing to set up")
    // Not --env-file: Node takes that for its own, wherever it stands, and ends when there is no such file.
    .option("--save-env <file>", "write address and keys there, and take the keys of the last start from it");
  withJson(withListenOptions(command, LOG_LEVEL.fallback), "print addresses and keys as one JSON object")
    .action((flags: Flags) => dev(flags, io))
    .addHelpText(
      "after",
      [
        "",
        "Shows each call as it is answered. Everything is kept in a temporary folder,",
        "removed at the end (Ctrl-C, SIGTERM). With --save-env the keys are the same at",
        "every start; other lines of the file stay. STRIPE_SECRET_KEY, KEYBRAKE_STORE",
        "and KEYBRAKE_ADMIN_KEY are not read from the environment.",
        examples("keybrake dev", "keybrake dev --save-env .env.keybrake", "keybrake dev --port 0 --json"),
      ].join("\n"),
    );
}
