import type { Rates, SecretPlace } from "@keybrake/proxy";
import type { OpenedConfig } from "../config/open-config.ts";
import { readSecret } from "../config/secrets.ts";
import type { Io } from "../io.ts";
import { type DeclaredSetting, needSetting, readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";
import { readOidc } from "./read-oidc.ts";
import { readRates } from "./read-rates.ts";

/** The flags of `serve` that are settings. */
export interface ServeFlags {
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
}

const NO_ADMIN_KEY =
  "KEYBRAKE_ADMIN_KEY is not set. Whoever has it can issue vault keys. Make one with: openssl rand -hex 32";

/** A setting as the file has it, in the words that its flag would have. */
function declaredIn(opened: OpenedConfig | null) {
  const serve = opened?.config.serve ?? {};
  return (name: keyof typeof serve): DeclaredSetting | undefined => {
    const value = serve[name];
    if (opened === null || value === undefined) return undefined;
    return {
      text: Array.isArray(value) ? value.join(",") : String(value),
      from: opened.nameOf(["serve", name]),
    };
  };
}

/** A secret whose place the file names, as the variable would have it. */
async function secretIn(
  opened: OpenedConfig | null,
  path: readonly string[],
  place: SecretPlace | undefined,
  io: Io,
): Promise<DeclaredSetting | undefined> {
  if (opened === null) return undefined;
  const text = await readSecret(opened, path, place, io);
  return text === undefined ? undefined : { text, from: opened.nameOf(path) };
}

/** What whoever has it may do anything with. */
export async function secretsOf(opened: OpenedConfig | null, io: Io) {
  const { accounts, secrets = {} } = opened?.config ?? {};
  const { env } = io;
  const of = (name: keyof typeof secrets) => secretIn(opened, ["secrets", name], secrets[name], io);
  const credential = ["accounts", "default", "credential"];
  const stripeKey = await secretIn(opened, credential, accounts?.default.credential, io);
  return {
    adminKey: needSetting(SETTINGS.adminKey, undefined, env, NO_ADMIN_KEY, await of("admin_key")),
    stripeSecretKey: readSetting(SETTINGS.stripeSecretKey, undefined, env, stripeKey),
    masterKey: readSetting(SETTINGS.masterKey, undefined, env, await of("master_key")),
    masterKeyBefore: readSetting(SETTINGS.masterKeyBefore, undefined, env),
    metricsKey: readSetting(SETTINGS.metricsKey, undefined, env, await of("metrics_key")),
    slackSigningSecret: readSetting(
      SETTINGS.slackSigningSecret,
      undefined,
      env,
      await of("slack_signing_secret"),
    ),
  };
}

/** All other settings, checked before anything is opened. */
export function settingsOf(flags: ServeFlags, opened: OpenedConfig | null, { env }: Io) {
  const of = declaredIn(opened);
  const publicUrl = readSetting(SETTINGS.publicUrl, flags.publicUrl, env, of("public_url"));
  return {
    port: readSetting(SETTINGS.port, flags.port, env, of("port")) ?? 0,
    host: readSetting(SETTINGS.host, flags.host, env, of("host")) ?? SETTINGS.host.fallback,
    allowedHosts: readSetting(SETTINGS.allowedHosts, flags.allowedHosts, env, of("allowed_hosts")) ?? [],
    store: readSetting(SETTINGS.store, flags.store, env, of("store")) ?? "",
    keepDays: readSetting(SETTINGS.keepDays, flags.keepDays, env, of("keep_days")),
    stripeUrl:
      readSetting(SETTINGS.stripeUrl, flags.stripeUrl, env, of("stripe_url")) ?? SETTINGS.stripeUrl.fallback,
    otlpEndpoint: readSetting(SETTINGS.otlpEndpoint, undefined, env),
    acceptClock: flags.acceptClock ?? false,
    alertsAllowPrivate: flags.alertsAllowPrivate ?? opened?.config.serve?.alerts_allow_private ?? false,
    publicUrl,
    oidc: readOidc(env, publicUrl),
    drain: {
      noticeMs: readSetting(SETTINGS.drainNotice, flags.drainNotice, env, of("drain_notice")) ?? 0,
      timeoutMs: readSetting(SETTINGS.drainTimeout, flags.drainTimeout, env, of("drain_timeout")) ?? 0,
    },
  };
}

/** Of the file that is named, else of `keybrake.yaml`. */
export async function ratesOf(flags: ServeFlags, opened: OpenedConfig | null, { env }: Io): Promise<Rates> {
  const file = readSetting(SETTINGS.rates, flags.rates, env);
  const declared = opened?.config.rates;
  if (file !== undefined || declared === undefined) return readRates(file);
  const { parseRates } = await import("@keybrake/proxy");
  return parseRates(declared);
}

export function logLevelOf(flags: ServeFlags, opened: OpenedConfig | null, { env }: Io): string {
  const declared = declaredIn(opened)("log_level");
  return readSetting(SETTINGS.logLevel, flags.logLevel, env, declared) ?? SETTINGS.logLevel.fallback;
}
