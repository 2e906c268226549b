import type { PersonScope } from "@keybrake/proxy";
import type { Setting } from "./setting.ts";

/** `KEEP_MIN_MS` of the ledger, which the command does not load before it knows what it is to do. */
const KEEP_DAYS_MIN = 2;

/** Every setting of the command, with its flag, variable and default. */

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error(`"${text}" is not a port; give a number from 0 (any free one) to 65535`);
}

function parseHost(text: string): string {
  if (/^[A-Za-z0-9.:_-]+$/.test(text)) return text;
  throw new Error(`"${text}" is not a host name or address, such as 127.0.0.1`);
}

/** The path of the SQLite file, or the URL of a Postgres database. What is wrong is told without quoting: it may hold a password. */
function parseStore(text: string): string {
  if (/^postgres(?:ql)?:/i.test(text)) {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url !== null && url.hostname !== "" && url.pathname.length > 1) return text;
    throw new Error("is not of the form postgres://user:password@host:port/database");
  }
  const path = text.replace(/^sqlite:(?:\/\/)?/i, "");
  if (path === "" || path === ":memory:") {
    throw new Error("needs a file, such as sqlite:./keybrake.db: what is not on disk cannot enforce a cap");
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    throw new Error("is neither sqlite:<file>, nor a path, nor postgres://…");
  }
  return path;
}

/** A collector's root. It may be any host: what goes there holds no key. */
function parseOtlpEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return text;
  throw new Error("is not an http(s) URL, such as http://127.0.0.1:4318");
}

/** Whole seconds, as milliseconds; ten minutes at most: an orchestrator kills long before that. */
function parseSeconds(text: string): number {
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= 600) return seconds * 1000;
  throw new Error(`"${text}" is not a number of whole seconds from 0 to 600`);
}

/** `proxy.internal,keybrake.example` → its names. */
function parseHosts(text: string): readonly string[] {
  return text.split(",").map((name) => parseHost(name.trim()));
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The upstream's origin. The real key goes there, so plain HTTP is for this machine only. */
function parseStripeUrl(text: string): string {
  if (!URL.canParse(text)) throw new Error("is not a URL, such as https://api.stripe.com");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") throw new Error("must not hold credentials");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new Error("must be an origin, without a path or query");
  }
  const safe = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
  if (!safe) {
    throw new Error("must be https (http only to this machine): the Stripe key would travel in clear");
  }
  return url.origin;
}

/** An OpenID issuer, as its tokens name it. The client's secret goes there, so plain HTTP is for this machine only. */
function parseIssuer(text: string): string {
  if (!URL.canParse(text)) throw new Error("is not a URL, such as https://login.example.com");
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (`${username}${password}${search}${hash}` !== "")
    throw new Error("must have neither credentials, nor a query or fragment");
  if (protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname))) return text;
  throw new Error("must be https (http only to this machine): the client's secret would travel in clear");
}

const PERSON_SCOPES: readonly PersonScope[] = ["admin", "operator", "auditor"];

/** `payments=operator,platform=admin`: the last `=` of each counts, since names of groups may have some. */
function parseGroups(text: string): Readonly<Record<string, PersonScope>> {
  const entries = text.split(",").map((part) => {
    const [, group = "", scope] = /^(.+)=([^=]*)$/.exec(part.trim()) ?? [];
    const known = PERSON_SCOPES.find((one) => one === scope?.trim());
    if (known === undefined)
      throw new Error(`"${part.trim()}" is not of the form group=${PERSON_SCOPES.join("|")}`);
    return [group.trim(), known] as const;
  });
  return Object.fromEntries(entries);
}

/** The proxy's root without a trailing slash. */
function parseProxyUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new Error("is not an http(s) URL, such as http://127.0.0.1:8787");
  }
  if (url.username !== "" || url.password !== "") throw new Error("must not hold credentials");
  if (url.search !== "" || url.hash !== "") throw new Error("must not have a query or a fragment");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

function parseLogLevel(text: string): string {
  if (LOG_LEVELS.includes(text)) return text;
  throw new Error(`"${text}" is not one of ${LOG_LEVELS.join(", ")}`);
}

function parseFile(text: string): string {
  if (text === "") throw new Error("needs the path of a file");
  return text;
}

/** Whole days, not fewer than the ledger keeps in any case. */
function parseKeepDays(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= KEEP_DAYS_MIN) return days;
  throw new Error(`"${text}" is not a number of days; give ${KEEP_DAYS_MIN} or more, or nothing to keep all`);
}

/** Fewer than 16 characters can be guessed; what is not printable ASCII cannot stand in a header. */
function parseAdminKey(text: string): string {
  if (/^[\x21-\x7e]{16,512}$/.test(text)) return text;
  throw new Error("must have at least 16 characters, without spaces. Make one with: openssl rand -hex 32");
}

function parseCredential(text: string): string {
  return text.trim();
}

/** The settings that have a flag. */
export const SETTINGS = {
  port: { flag: "--port", variable: "KEYBRAKE_PORT", fallback: "8787", parse: parsePort },
  host: { flag: "--host", variable: "KEYBRAKE_HOST", fallback: "127.0.0.1", parse: parseHost },
  allowedHosts: {
    flag: "--allowed-hosts",
    variable: "KEYBRAKE_ALLOWED_HOSTS",
    fallback: null,
    parse: parseHosts,
  },
  store: { flag: "--store", variable: "KEYBRAKE_STORE", fallback: "sqlite:./keybrake.db", parse: parseStore },
  stripeUrl: {
    flag: "--stripe-url",
    variable: "KEYBRAKE_STRIPE_URL",
    fallback: "https://api.stripe.com",
    parse: parseStripeUrl,
  },
  rates: { flag: "--rates", variable: "KEYBRAKE_RATES", fallback: null, parse: parseFile },
  drainNotice: {
    flag: "--drain-notice",
    variable: "KEYBRAKE_DRAIN_NOTICE",
    fallback: "0",
    parse: parseSeconds,
  },
  drainTimeout: {
    flag: "--drain-timeout",
    variable: "KEYBRAKE_DRAIN_TIMEOUT",
    fallback: "75",
    parse: parseSeconds,
  },
  keepDays: { flag: "--keep-days", variable: "KEYBRAKE_KEEP_DAYS", fallback: null, parse: parseKeepDays },
  logLevel: { flag: "--log-level", variable: "KEYBRAKE_LOG_LEVEL", fallback: "info", parse: parseLogLevel },
  proxyUrl: {
    flag: "--proxy-url",
    variable: "KEYBRAKE_PROXY_URL",
    fallback: "http://127.0.0.1:8787",
    parse: parseProxyUrl,
  },
  slackSigningSecret: {
    flag: null,
    variable: "KEYBRAKE_SLACK_SIGNING_SECRET",
    fallback: null,
    parse: parseAdminKey,
  },
  oidcIssuer: { flag: null, variable: "KEYBRAKE_OIDC_ISSUER", fallback: null, parse: parseIssuer },
  oidcClientId: { flag: null, variable: "KEYBRAKE_OIDC_CLIENT_ID", fallback: null, parse: parseCredential },
  oidcClientSecret: {
    flag: null,
    variable: "KEYBRAKE_OIDC_CLIENT_SECRET",
    fallback: null,
    parse: parseCredential,
  },
  oidcGroups: { flag: null, variable: "KEYBRAKE_OIDC_GROUPS", fallback: null, parse: parseGroups },
  oidcGroupsClaim: {
    flag: null,
    variable: "KEYBRAKE_OIDC_GROUPS_CLAIM",
    fallback: null,
    parse: parseCredential,
  },
  publicUrl: { flag: "--public-url", variable: "KEYBRAKE_PUBLIC_URL", fallback: null, parse: parseProxyUrl },
  stripeSecretKey: { flag: null, variable: "STRIPE_SECRET_KEY", fallback: null, parse: parseCredential },
  adminKey: { flag: null, variable: "KEYBRAKE_ADMIN_KEY", fallback: null, parse: parseAdminKey },
  /** OpenTelemetry's own name, whose further variables its packages read themselves. */
  otlpEndpoint: {
    flag: null,
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    fallback: null,
    parse: parseOtlpEndpoint,
  },
  metricsKey: { flag: null, variable: "KEYBRAKE_METRICS_KEY", fallback: null, parse: parseAdminKey },
  masterKey: { flag: null, variable: "KEYBRAKE_MASTER_KEY", fallback: null, parse: parseCredential },
  masterKeyBefore: {
    flag: null,
    variable: "KEYBRAKE_MASTER_KEY_BEFORE",
    fallback: null,
    parse: parseCredential,
  },
} as const satisfies Record<
  string,
  | Setting<string>
  | Setting<number>
  | Setting<readonly string[]>
  | Setting<Readonly<Record<string, PersonScope>>>
>;
