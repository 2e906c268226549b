import type { ProxyError } from "@keybrake/proxy";
import type { Command } from "commander";
import { failure } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { readOidc } from "../server/read-oidc.ts";
import { readRates } from "../server/read-rates.ts";
import { untilStopped } from "../server/until-stopped.ts";
import { needSetting, readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";
import { examples, withJson, withListenOptions } from "./options.ts";

interface Flags {
  readonly port?: string;
  readonly host?: string;
  readonly allowedHosts?: string;
  readonly rates?: string;
  readonly logLevel?: string;
  readonly store?: string;
  readonly stripeUrl?: string;
  readonly keepDays?: string;
  readonly acceptClock?: boolean;
  readonly alertsAllowPrivate?: boolean;
  readonly publicUrl?: string;
  readonly drainNotice?: string;
  readonly drainTimeout?: string;
  readonly json?: boolean;
}

const NO_ADMIN_KEY =
  "KEYBRAKE_ADMIN_KEY is not set. Whoever has it can issue vault keys. Make one with: openssl rand -hex 32";

/** All settings, checked before anything is opened. */
function settingsOf(flags: Flags, { env }: Io) {
  const publicUrl = readSetting(SETTINGS.publicUrl, flags.publicUrl, env);
  return {
    port: readSetting(SETTINGS.port, flags.port, env) ?? 0,
    host: readSetting(SETTINGS.host, flags.host, env) ?? SETTINGS.host.fallback,
    allowedHosts: readSetting(SETTINGS.allowedHosts, flags.allowedHosts, env) ?? [],
    store: readSetting(SETTINGS.store, flags.store, env) ?? "",
    keepDays: readSetting(SETTINGS.keepDays, flags.keepDays, env),
    stripeUrl: readSetting(SETTINGS.stripeUrl, flags.stripeUrl, env) ?? SETTINGS.stripeUrl.fallback,
    ratesFile: readSetting(SETTINGS.rates, flags.rates, env),
    logLevel: readSetting(SETTINGS.logLevel, flags.logLevel, env) ?? SETTINGS.logLevel.fallback,
    adminKey: needSetting(SETTINGS.adminKey, undefined, env, NO_ADMIN_KEY),
    stripeSecretKey: readSetting(SETTINGS.stripeSecretKey, undefined, env),
    masterKey: readSetting(SETTINGS.masterKey, undefined, env),
    otlpEndpoint: readSetting(SETTINGS.otlpEndpoint, undefined, env),
    metricsKey: readSetting(SETTINGS.metricsKey, undefined, env),
    acceptClock: flags.acceptClock ?? false,
    alertsAllowPrivate: flags.alertsAllowPrivate ?? false,
    slackSigningSecret: readSetting(SETTINGS.slackSigningSecret, undefined, env) ?? undefined,
    publicUrl,
    oidc: readOidc(env, publicUrl),
    drain: {
      noticeMs: readSetting(SETTINGS.drainNotice, flags.drainNotice, env) ?? 0,
      timeoutMs: readSetting(SETTINGS.drainTimeout, flags.drainTimeout, env) ?? 0,
    },
  };
}

/** What is wrong with the store, with the names of the setting; any other error as it is. */
function namingStore(error: ProxyError): Error {
  const isOfStore = /^(?:store|schema)_/.test(error.code);
  return isOfStore ? failure(error.code, `--store (KEYBRAKE_STORE): ${error.message}`) : error;
}

async function serve(flags: Flags, io: Io): Promise<void> {
  const { ratesFile, logLevel, ...settings } = settingsOf(flags, io);
  const stop = io.stopSignal();
  const { createLog, isProxyError, startProxy } = await import("@keybrake/proxy");
  const proxy = await startProxy({
    ...settings,
    rates: await readRates(ratesFile),
    log: createLog({ level: logLevel, destination: io.log }),
  }).catch((error: unknown) => {
    throw isProxyError(error) ? namingStore(error) : error;
  });
  const { warning } = proxy.credentialKind;
  if (warning !== null) await io.stderr.write(`${io.stderr.style("yellow", "warning")}: ${warning}\n`);
  const { url, port } = proxy;
  await io.stdout.write(flags.json ? `${JSON.stringify({ url, port })}\n` : `keybrake listening on ${url}\n`);
  await untilStopped(stop);
  await proxy.close();
}

/** What has no flag. */
const ENVIRONMENT = [
  "Secrets come from the environment alone, since flags show in `ps`:",
  "  KEYBRAKE_ADMIN_KEY   required, 16 characters or more",
  "  STRIPE_SECRET_KEY    the Stripe key to forward with; sealed beside the store,",
  "                       so it is needed at the first start only",
  "  KEYBRAKE_MASTER_KEY  seals it: 32 bytes in hex or base64",
  "                       (default: the file <store>.key, made at the first start;",
  "                       with Postgres it must be set, the same for every proxy)",
  "  KEYBRAKE_METRICS_KEY for Prometheus, if it is to read the names of budgets",
  "  KEYBRAKE_STORE       instead of --store: a postgres:// URL has a password",
  "",
  "KEYBRAKE_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET and _GROUPS let people sign",
  "in to the dashboard by OpenID, with what each group may do: docs/dashboard.md.",
  "",
  "OTEL_EXPORTER_OTLP_ENDPOINT names an OpenTelemetry collector, which then gets",
  "traces and metrics.",
  "",
];

export function addServe(program: Command, io: Io): void {
  const command = program
    .command("serve")
    .description("run the proxy until SIGTERM or Ctrl-C, which drain it");
  withJson(
    withListenOptions(command)
      .option(
        "--allowed-hosts <names>",
        "further names, with commas, under which MCP clients reach it (KEYBRAKE_ALLOWED_HOSTS)",
      )
      .option(
        "--store <store>",
        "sqlite:<file>, a path, or postgres://… (KEYBRAKE_STORE, default sqlite:./keybrake.db)",
      )
      .option(
        "--stripe-url <url>",
        "where calls are forwarded (KEYBRAKE_STRIPE_URL, default https://api.stripe.com)",
      )
      .option(
        "--drain-notice <seconds>",
        "after SIGTERM, answer calls and 503 on /readyz for so long before the port closes (KEYBRAKE_DRAIN_NOTICE, default 0)",
      )
      .option(
        "--drain-timeout <seconds>",
        "and let calls under way end for so long (KEYBRAKE_DRAIN_TIMEOUT, default 75)",
      )
      .option(
        "--keep-days <days>",
        "remove older audit rows that moved nothing (KEYBRAKE_KEEP_DAYS, default: keep)",
      )
      .option(
        "--public-url <url>",
        "where people reach this proxy: alerts of approvals link there (KEYBRAKE_PUBLIC_URL)",
      )
      .option("--alerts-allow-private", "alerts may go to private addresses, and to those without encryption")
      .option(
        "--accept-clock",
        "the machine's clock is right, though the books do not fit it: for one start",
      ),
    "print the ready line as JSON: url and port",
  )
    .action((flags: Flags) => serve(flags, io))
    .addHelpText(
      "after",
      [
        "",
        ...ENVIRONMENT,
        "Prints one line on stdout when ready: keybrake listening on http://HOST:PORT",
        "Logs are JSON lines on stderr. A second signal ends at once.",
        examples(
          "KEYBRAKE_ADMIN_KEY=$(openssl rand -hex 32) STRIPE_SECRET_KEY=rk_test_… \\",
          "  keybrake serve",
          "keybrake serve --port 9000 --store sqlite:/var/lib/keybrake/books.db",
        ),
      ].join("\n"),
    );
}
