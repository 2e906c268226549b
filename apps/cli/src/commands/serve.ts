import type { ProxyError } from "@keybrake/proxy";
import type { Command } from "commander";
import { failure } from "../cli-error.ts";
import { readDeclared } from "../config/declared.ts";
import { openConfig } from "../config/open-config.ts";
import type { Io } from "../io.ts";
import { logLevelOf, ratesOf, type ServeFlags, secretsOf, settingsOf } from "../server/serve-settings.ts";
import { untilStopped } from "../server/until-stopped.ts";
import { examples, withJson, withListenOptions } from "./options.ts";

interface Flags extends ServeFlags {
  readonly config?: string;
  readonly json?: boolean;
}

/** What is wrong with the store, with the names of the setting; any other error as it is. */
function namingStore(error: ProxyError): Error {
  const isOfStore = /^(?:store|schema)_/.test(error.code);
  return isOfStore ? failure(error.code, `--store (KEYBRAKE_STORE): ${error.message}`) : error;
}

async function serve(flags: Flags, io: Io): Promise<void> {
  const opened = await openConfig(flags.config);
  const settings = { ...settingsOf(flags, opened, io), ...(await secretsOf(opened, io)) };
  const level = logLevelOf(flags, opened, io);
  const declared = opened === null ? undefined : await readDeclared(opened, io);
  const rates = await ratesOf(flags, opened, io);
  const stop = io.stopSignal();
  const { createLog, isProxyError, startProxy } = await import("@keybrake/proxy");
  const log = createLog({ level, destination: io.log });
  const proxy = await startProxy({ ...settings, declared, rates, log }).catch((error: unknown) => {
    throw isProxyError(error) ? namingStore(error) : error;
  });
  const { warning } = proxy.credentialKind;
  if (warning !== null) await io.stderr.write(`${io.stderr.style("yellow", "warning")}: ${warning}\n`);
  const { url, port } = proxy;
  await io.stdout.write(flags.json ? `${JSON.stringify({ url, port })}\n` : `keybrake listening on ${url}\n`);
  await untilStopped(stop);
  await proxy.close();
}

const HELP = [
  "",
  "Flags stand over variables, and these over keybrake.yaml, which is read at",
  "start: send SIGTERM and start again when it has changed.",
  "",
  "Secrets come from the environment, since flags show in `ps`, or from where",
  "keybrake.yaml says that they are:",
  "  KEYBRAKE_ADMIN_KEY   required, 16 characters or more",
  "  STRIPE_SECRET_KEY    the Stripe key to forward with; sealed beside the store,",
  "                       so it is needed at the first start only",
  "  KEYBRAKE_MASTER_KEY  seals it: 32 bytes in hex or base64",
  "                       (default: the file <store>.key, made at the first start;",
  "                       with Postgres it must be set, the same for every proxy)",
  "  KEYBRAKE_MASTER_KEY_BEFORE",
  "                       the one before, at the starts that change it: what it",
  "                       sealed is sealed anew",
  "  KEYBRAKE_METRICS_KEY for Prometheus, if it is to read the names of budgets",
  "  KEYBRAKE_STORE       instead of --store: a postgres:// URL has a password",
  "",
  "KEYBRAKE_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET and _GROUPS let people sign",
  "in to the dashboard by OpenID, with what each group may do: docs/dashboard.md.",
  "",
  "OTEL_EXPORTER_OTLP_ENDPOINT names an OpenTelemetry collector, which then gets",
  "traces and metrics.",
  "",
  "Prints one line on stdout when ready: keybrake listening on http://HOST:PORT",
  "Logs are JSON lines on stderr. A second signal ends at once.",
  examples(
    "KEYBRAKE_ADMIN_KEY=$(openssl rand -hex 32) STRIPE_SECRET_KEY=rk_test_… \\",
    "  keybrake serve",
    "keybrake serve --port 9000 --store sqlite:/var/lib/keybrake/books.db",
  ),
].join("\n");

export function addServe(program: Command, io: Io): void {
  const command = program
    .command("serve")
    .description("run the proxy until SIGTERM or Ctrl-C, which drain it");
  withJson(
    withListenOptions(command)
      .option(
        "--config <file>",
        "roles, budgets, alerts and settings (default: keybrake.yaml, when it is there)",
      )
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
    .addHelpText("after", HELP);
}
