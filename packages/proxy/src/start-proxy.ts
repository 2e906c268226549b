import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import { type AccountOptions, openAccounts } from "./accounts.ts";
import { finishRestore, finishSharedRestore } from "./backup/finish-restore.ts";
import { type Backups, backupsOf } from "./backup/make-backup.ts";
import type { Declared } from "./config/declared.ts";
import type { OidcOptions } from "./dashboard/oidc/options.ts";
import { createEnvironment, type Environment } from "./environment.ts";
import { LIMITS } from "./limits.ts";
import { createLog } from "./log.ts";
import { type OpenedBooks, openBooks } from "./open-books.ts";
import type { Policy } from "./policy.ts";
import type { DrainOptions } from "./port.ts";
import { createProxy, type Description, declareVendor, type ProxyOptions, VENDORS } from "./proxy.ts";
import { checkKeepDays, startPruning } from "./prune-schedule.ts";
import { parseRates, type Rates } from "./rates.ts";
import type { AdoptDependencies } from "./reconcile/adopt-made.ts";
import {
  type LocalProxy,
  type ProxyParts,
  type RunningEmulator,
  type RunningProxy,
  StartedProxy,
} from "./running-proxy.ts";
import { checkCredentialSource, checkNotLost, readSecrets, vaultBeside } from "./start-proxy-credential.ts";
import { originOf, placeOfStore, type StorePlace } from "./start-proxy-settings.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { createUndiciUpstream } from "./upstream/undici-upstream.ts";
import type { Upstream } from "./upstream/upstream.ts";
import { readBoxes } from "./vault/vault.ts";

/**
 * What a proxy is started with. With none of `stripeSecretKey`, `stripeUrl` and `store` it is a local one: a stand-in
 * for Stripe, in which no money moves, and books that are thrown away. With any of them it forwards for real.
 */
export interface StartProxyOptions {
  /**
   * The real key: `rk_…`, or `sk_…`. Only the proxy ever has it. With a `store` it is sealed beside it, and may be
   * left out at later starts.
   */
  readonly stripeSecretKey?: string | undefined;
  /** The origin that calls are forwarded to: https, or http on this machine. Stripe's own unless told. */
  readonly stripeUrl?: string | undefined;
  /**
   * `sqlite:<file>` or a path; made when it is not there. Or `postgres://user:password@host/database`, which any number
   * of proxies share: they need one `masterKey`. Unless told, a temporary file, removed at the end: what was spent, and
   * what a retry would repeat, is forgotten with it.
   */
  readonly store?: string | undefined;
  /**
   * For how many days (2 or more) rows and answers are kept that are no entry of the books: reads, refusals, replays, what
   * moved nothing. What moved money stays, without its answer. Everything is kept unless told.
   */
  readonly keepDays?: number | undefined;
  /**
   * Says that the machine's clock is right, when a start was refused with `clock_ahead` or `clock_behind`: for one
   * start, by a person who has looked at it.
   */
  readonly acceptClock?: boolean | undefined;
  /** Any free one unless told. */
  readonly port?: number | undefined;
  /** 127.0.0.1 unless told. */
  readonly host?: string | undefined;
  /** At least 16 characters; whoever has it can issue keys. Made up unless told. */
  readonly adminKey?: string | undefined;
  /** Seals the Stripe key: 32 bytes in hex or base64. Unless told, the file `<store>.key`, made at the first start; with Postgres it must be told. */
  readonly masterKey?: string | undefined;
  /**
   * The master key before, at the starts that change it: what it sealed is sealed anew with `masterKey`, or with a new key
   * file. Left out when every proxy of the store has been started with the new one.
   */
  readonly masterKeyBefore?: string | undefined;
  /** Further vendors, each at `/<name>/…` of the proxy: calls reach them, and cost money. */
  readonly vendors?: readonly DeclaredAccount[] | undefined;
  /** For currencies other than US dollars, by `parseRates`; without a rate, a call in one is refused. */
  readonly rates?: Rates | undefined;
  /** Host names under which /mcp may be reached, beside loopback and `host`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** See `ProxyOptions.alertsAllowPrivate`. */
  readonly alertsAllowPrivate?: boolean | undefined;
  /** See `ProxyOptions.publicUrl`. */
  readonly publicUrl?: string | undefined;
  /** See `ProxyOptions.oidc`. */
  readonly oidc?: OidcOptions | undefined;
  /** See `ProxyOptions.slackSigningSecret`. */
  readonly slackSigningSecret?: string | undefined;
  /** See `ProxyOptions.declared`. */
  readonly declared?: Declared | undefined;
  readonly drain?: DrainOptions | undefined;
  /**
   * The root of an OpenTelemetry collector (OTLP over HTTP), which gets traces and metrics; none unless told. The packages
   * for it are loaded only then.
   */
  readonly otlpEndpoint?: string | undefined;
  /** Reads the names of budgets in /metrics, for Prometheus: at least 16 characters. Only the admin key does unless told. */
  readonly metricsKey?: string | undefined;
  /** Silent unless told; see `createLog`. */
  readonly log?: Logger | undefined;
  /** The proxy's clock, randomness and sleep, for tests: the system's unless told. */
  readonly environment?: Partial<Environment> | undefined;
  /** The way to an origin, for tests in which answers are lost or changed. `createUndiciUpstream` unless told. */
  readonly upstream?: ((origin: string) => Upstream) | undefined;
  /** Wraps the opened store, for tests in which it is slow or fails. */
  readonly ledger?: ((opened: Ledger<Policy>) => Ledger<Policy>) | undefined;
}

/** A vendor that is governed by its description, and the real key for it. */
export interface DeclaredAccount {
  /** By `readDescription`. */
  readonly description: Description;
  readonly credential: string;
  /** The origin that calls are forwarded to, for a stand-in; that of the description unless told. */
  readonly url?: string | undefined;
}

/** Nothing in it forwards for real. */
export interface LocalProxyOptions extends StartProxyOptions {
  readonly vendors?: undefined;
  readonly stripeSecretKey?: undefined;
  readonly stripeUrl?: undefined;
  readonly store?: undefined;
}

const STRIPE_ORIGIN = "https://api.stripe.com";
/** The emulator takes every `sk_test_…`. */
const EMULATOR_KEY = "sk_test_keybrake_stand_in";

/** A stand-in for Stripe on a free port of this machine; its code is loaded only when it is wanted. */
async function openEmulator(opened: AsyncDisposableStack): Promise<RunningEmulator> {
  const { createEmulatorControl, startEmulator } = await import("@keybrake/stripe-emulator");
  const { url } = opened.use(await startEmulator());
  return { url, ...createEmulatorControl(url) };
}

async function makeTemporaryFile(opened: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "keybrake.db");
}

/** The books, noting the time in them from now on. */
async function openLedger(
  place: StorePlace,
  { clock, isRight }: { readonly clock: () => number; readonly isRight: boolean },
  opened: AsyncDisposableStack,
): Promise<OpenedBooks> {
  const books = await openBooks(place, { now: clock(), isRight });
  const { ledger } = books;
  opened.defer(() => ledger.close());
  // Why it fails, the next call says.
  const note = () => void ledger.ping(clock()).catch(() => {});
  const timer = setInterval(note, LIMITS.clockNotedMs).unref();
  opened.defer(() => clearInterval(timer));
  return books;
}

/** Of a store in a file. If the store was restored, what it lacks is looked up first, wherever it is. */
async function openBackups(
  place: StorePlace,
  past: OpenedBooks["past"],
  { rates, ...deps }: Omit<AdoptDependencies, "rates"> & Pick<StartProxyOptions, "rates">,
): Promise<Backups | null> {
  const adopting = { ...deps, rates: rates ?? parseRates({}) };
  if (past !== null) await finishSharedRestore(past, adopting);
  if (place.kind !== "file") return null;
  const { file } = place;
  await finishRestore(file, adopting);
  return backupsOf({ ledger: deps.ledger, file, readVault: () => readBoxes(vaultBeside(file)) });
}

/** Stripe's has the root; the declared ones have a path each. */
function accountsOf(
  root: AccountOptions,
  { vendors = [], upstream = createUndiciUpstream }: Pick<StartProxyOptions, "vendors" | "upstream">,
): ProxyOptions["accounts"] {
  const declared = vendors.map(({ description, credential, url }) => ({
    vendor: declareVendor(description),
    upstream: upstream(url === undefined ? new URL(description.base_url).origin : originOf(url)),
    credential,
  }));
  return [root, ...declared];
}

async function openTelemetryAt(
  endpoint: string | undefined,
  log: Logger,
  opened: AsyncDisposableStack,
): Promise<Telemetry | null> {
  if (endpoint === undefined) return null;
  const { openTelemetry } = await import("./telemetry/open-telemetry.ts");
  const telemetry = openTelemetry({ endpoint, log });
  opened.defer(() => telemetry.close());
  return telemetry;
}

/** What the proxy is given as it came, where it came. */
function passedOn(options: StartProxyOptions): Partial<ProxyOptions> {
  const { rates, allowedHosts, drain, declared, publicUrl, oidc, slackSigningSecret, metricsKey } = options;
  return {
    ...(rates && { rates }),
    ...(allowedHosts && { allowedHosts }),
    ...(drain && { drain }),
    ...(declared && { declared }),
    ...(publicUrl && { publicUrl }),
    ...(oidc && { oidc }),
    ...(slackSigningSecret && { slackSigningSecret }),
    ...(options.alertsAllowPrivate && { alertsAllowPrivate: true }),
    ...(metricsKey && { metricsKey }),
  };
}

/** `opened` takes what must be closed, in the order in which it was opened. */
async function openParts(options: StartProxyOptions, opened: AsyncDisposableStack): Promise<ProxyParts> {
  const { stripeSecretKey: given, stripeUrl, store, masterKey, masterKeyBefore } = options;
  const environment = createEnvironment(options.environment);
  const log = options.log ?? createLog({ level: "silent" });
  const adminKey = options.adminKey ?? `admin_${randomBytes(24).toString("hex")}`;

  // What is wrong with the options is found before anything is opened or written.
  const isLocal = [given, stripeUrl, store, options.vendors].every((option) => option === undefined);
  const kept = store === undefined ? null : placeOfStore(store);
  const source = { place: kept, given, masterKey, masterKeyBefore, random: environment.random };
  const stripeOrigin = originOf(stripeUrl ?? STRIPE_ORIGIN);
  if (!isLocal) checkCredentialSource(source);
  checkKeepDays(options.keepDays);
  checkNotLost(source);

  const place = kept ?? placeOfStore(await makeTemporaryFile(opened));
  const emulator = isLocal ? await openEmulator(opened) : null;
  const isRight = options.acceptClock ?? false;
  const books = await openLedger(place, { clock: environment.clock, isRight }, opened);
  if (isRight) log.warn({ now: environment.clock() }, "the machine's clock was accepted as it is");
  const ledger = options.ledger?.(books.ledger) ?? books.ledger;
  // Not before the store is known to be nobody else's: a key that is given replaces the one sealed beside it.
  const asked = isLocal ? { ...source, given: EMULATOR_KEY } : source;
  const { credential, bodyKey } = await readSecrets(asked, books.boxes, log);
  const origin = emulator?.url ?? stripeOrigin;
  const upstream = (options.upstream ?? createUndiciUpstream)(origin);
  const account = { vendor: VENDORS.stripe, upstream, credential, isStandIn: origin !== STRIPE_ORIGIN };
  const accounts = accountsOf(account, options);
  const backups = await openBackups(place, books.past, {
    ledger,
    accounts: openAccounts(accounts),
    ...{ rates: options.rates, environment, log },
  });
  const telemetry = await openTelemetryAt(options.otlpEndpoint, log, opened);
  if (options.keepDays !== undefined) {
    const pruning = startPruning({ ledger, keepDays: options.keepDays, clock: environment.clock, log });
    opened.defer(() => pruning.close());
  }
  const proxy = createProxy({
    ledger,
    accounts,
    ...{ bodyKey, adminKey, environment, log },
    ...passedOn(options),
    ...(backups && { backups }),
    ...(telemetry && { telemetry }),
  });
  opened.defer(() => proxy.close());
  const { url, port } = await proxy.listen({ port: options.port ?? 0, host: options.host ?? "127.0.0.1" });
  log.info({ url, store: place.shown, upstream: origin }, "listening");
  return {
    url,
    port,
    adminKey,
    ledger,
    emulator,
    log,
    credentialKind: VENDORS.stripe.readCredential(credential),
  };
}

/**
 * Starts a proxy in this process: store, way to Stripe and server, with nothing left open when one of them fails.
 * Without options nothing leaves the machine and no money can move, which is what tests want. With a Stripe key, calls
 * reach Stripe, and with a live one money moves.
 *
 * Rejects with a `ProxyError`, whose message says what to do and holds no key: `credential_missing`,
 * `credential_invalid`, `store_invalid`, `store_in_use`, `store_missing`, `clock_behind`, `upstream_invalid`, `admin_key_invalid`, `listen_failed` …
 *
 * @example
 * await using proxy = await startProxy();
 * const { vault_key } = await proxy.admin.vaultKeys.create({ name: "june", role: "billing", daily_usd_cap: 100 });
 */
export function startProxy(options?: LocalProxyOptions): Promise<LocalProxy>;
export function startProxy(options: StartProxyOptions): Promise<RunningProxy>;
export async function startProxy(options: StartProxyOptions = {}): Promise<RunningProxy> {
  await using opening = new AsyncDisposableStack();
  const parts = await openParts(options, opening);
  return new StartedProxy(parts, opening.move());
}
