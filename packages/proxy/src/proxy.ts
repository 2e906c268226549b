import { setTimeout as pass } from "node:timers/promises";
import { type Ledger, storeFault } from "@keybrake/ledger";
import type { Logger } from "pino";
import { type AccountOptions, openAccounts } from "./accounts.ts";
import { type AdminEndpoint, createAdminEndpoint } from "./admin/admin-endpoint.ts";
import { type AlertsDependencies, createAlerts } from "./alerts/alerts.ts";
import { createApprovalLinks } from "./approvals/links.ts";
import { createApprovalPage } from "./approvals/page.ts";
import { createSlackActions } from "./approvals/slack-actions.ts";
import { createApprovalTeller } from "./approvals/tell.ts";
import type { Backups } from "./backup/make-backup.ts";
import { bearerCheck } from "./bearer.ts";
import { identifyKey } from "./call/authenticate.ts";
import type { CallDependencies } from "./call/call.ts";
import { createCallEndpoint } from "./call/call-endpoint.ts";
import { createDeclinedKeys } from "./call/declined-keys.ts";
import { createObjectLocks } from "./call/object-locks.ts";
import { createPlaces } from "./call/places.ts";
import { createSharedRows } from "./call/shared-rows.ts";
import { createShares } from "./call/shares.ts";
import { createWaitingRoom } from "./call/waiting-room.ts";
import type { ApplyDependencies } from "./config/apply-dependencies.ts";
import type { Declared } from "./config/declared.ts";
import { createDashboardEndpoint } from "./dashboard/endpoint.ts";
import type { OidcOptions } from "./dashboard/oidc/options.ts";
import { createOidcDoor, type OidcDependencies } from "./dashboard/oidc/sign-in.ts";
import { createSessions } from "./dashboard/session.ts";
import { createDelegationEndpoint } from "./delegation/endpoint.ts";
import { createEnvironment, deadlineTime, type Environment } from "./environment.ts";
import { LIMITS } from "./limits.ts";
import { createLog } from "./log.ts";
import { createMcpEndpoint } from "./mcp/endpoint.ts";
import { normaliseHost } from "./mcp/rebinding.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { alarmOverHolds } from "./over-hold-alarm.ts";
import { allowsOperation, type Policy } from "./policy.ts";
import { type DrainOptions, openPort, type Port, type PortDependencies } from "./port.ts";
import { ProxyError } from "./proxy-error.ts";
import { parseRates, type Rates } from "./rates.ts";
import { createReconciler } from "./reconcile/reconciler.ts";
import { scheduleReconciler } from "./reconcile/schedule.ts";
import { shareLook } from "./shared-look.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { createUnauthenticatedLimit } from "./unauthenticated.ts";
import { measureUpstream } from "./upstream/measured-upstream.ts";
import { sealBodies } from "./vault/seal-bodies.ts";
import { MASTER_KEY_BYTES } from "./vault/sealed-box.ts";
import { stripe } from "./vendors/stripe/index.ts";

export {
  type Description,
  declareVendor,
  descriptionJsonSchema,
  type Problem as DescriptionProblem,
  type ReadDescription,
  readDescription,
} from "./vendors/declared/index.ts";

/** The vendors that come with the proxy. Another one is a folder beside Stripe's and a line here. */
export const VENDORS = { stripe };

export interface ProxyOptions {
  /** Closed by whoever opened it, after the proxy. */
  readonly ledger: Ledger<Policy>;
  /** One for each vendor. The first one's vendor also has the root; the others have `/<vendor>/…`. */
  readonly accounts: readonly [AccountOptions, ...AccountOptions[]];
  /** At least 16 characters; whoever has it can issue keys. */
  readonly adminKey: string;
  /**
   * 32 bytes, with which the bodies that the ledger keeps are sealed. Random unless told: then what is unknown when
   * the proxy ends is never sent again, and no answer is replayed.
   */
  readonly bodyKey?: Uint8Array;
  /** At least 16 characters. Whoever has it reads the names of budgets in `/metrics`, and nothing else; so does the admin key. */
  readonly metricsKey?: string;
  /** For currencies other than US dollars; without a rate, a call in one is refused. */
  readonly rates?: Rates;
  /** Host names under which web pages and MCP clients reach /mcp, beside loopback and the address listened on. */
  readonly allowedHosts?: readonly string[];
  readonly environment?: Environment;
  readonly log?: Logger;
  /** False: what nobody knows is looked up when it is asked for (`POST /admin/reconcile`), and not every minute. */
  readonly reconciles?: boolean;
  /**
   * True: alerts may be sent to private addresses, and to those without encryption. False unless told: a name that an
   * admin gave could reach what trusts this machine.
   */
  readonly alertsAllowPrivate?: boolean;
  /** Where people reach the proxy, such as `https://keybrake.example.com`: alerts of cards have a link then. */
  readonly publicUrl?: string;
  /** Whose people may sign in to the dashboard; those who have an admin key alone unless told. Needs `publicUrl`. */
  readonly oidc?: OidcOptions;
  /** Of the Slack app whose incoming webhook is a target: its messages of cards have buttons then (`/slack/actions`). */
  readonly slackSigningSecret?: string;
  readonly drain?: DrainOptions;
  /**
   * What a `keybrake.yaml` declares: its roles are known to the admin API; budgets and targets of alerts are made and changed
   * by `listen`, which rejects with `config_invalid` when they cannot be, before anything is changed.
   */
  readonly declared?: Declared;
  /** What `GET /admin/backup` answers with; the store is backed up by other means unless told. */
  readonly backups?: Backups;
  /** Closed by whoever opened it, after the proxy. Nothing is traced unless told. */
  readonly telemetry?: Telemetry;
}

export type ProxyServer = Port;

/**
 * The proxy on one port: the vendors' APIs, the admin API, MCP, health and metrics. Throws `ProxyError`:
 * `credential_invalid`, `accounts_invalid`, `admin_key_invalid`, `oidc_invalid`. Nothing is sent before a call comes.
 */
export function createProxy(options: ProxyOptions): ProxyServer {
  const { adminKey } = options;
  const environment = createEnvironment(options.environment);
  const { random } = environment;
  const log = options.log ?? createLog();
  const metrics = createMetrics({ ledger: options.ledger, clock: environment.clock });
  options.ledger.watchBatches(metrics.committed);
  const bodyKey = options.bodyKey ?? random(MASTER_KEY_BYTES);
  const sealed = sealBodies(options.ledger, { key: bodyKey, random });
  const ledger = alarmOverHolds(sealed, metrics, log);
  const accounts = openAccounts(measured(options.accounts, metrics));
  checkLength("KEYBRAKE_ADMIN_KEY", adminKey);
  checkLength("KEYBRAKE_METRICS_KEY", options.metricsKey);
  const shares = createShares(environment.clock);
  const { secondsLeft } = shares;
  const sharedRows = createSharedRows({ write: ledger.record, secondsLeft, log });
  const rates = options.rates ?? parseRates({});
  const allowsPrivate = options.alertsAllowPrivate ?? false;
  const percents = options.declared?.budgetPercents ?? LIMITS.alertPercents;
  const told = { ledger, environment, log, metrics, bodyKey, allowsPrivate, percents };
  const { alerts, teller, ...people } = openPeople(options, told);
  const way: CallDependencies = {
    ledger,
    accounts,
    rates,
    environment,
    waitingRoom: createWaitingRoom(),
    declinedKeys: createDeclinedKeys(),
    places: createPlaces(),
    objectLocks: createObjectLocks(ledger.turns),
    shares,
    sharedRows,
    lookedUp: () => metrics.lookedUp("call"),
    asked: teller.asked,
    unauthenticated: createUnauthenticatedLimit(),
    telemetry: options.telemetry ?? null,
  };
  const calls = createCallEndpoint({ way, metrics, log });
  const reconciler = createReconciler({ ledger, accounts, rates, environment, metrics, log });
  const books = { ledger, reconciler, backups: options.backups ?? null, alerts, teller, allowsPrivate };
  const { roles = {} } = options.declared ?? {};
  const admin = createAdminEndpoint({ ...books, environment, adminKey, accounts, roles, log, metrics });
  const allowedHosts = new Set(options.allowedHosts?.map(normaliseHost));
  const mcp = createMcpEndpoint({
    allows: ({ policy, vendor: name }, operation) => {
      const vendor = accounts.byVendor.get(name)?.vendor;
      return vendor !== undefined && allowsOperation(policy, vendor, operation);
    },
    identify: (headers) => identifyKey(way, headers),
    environment,
    log,
    allowedHosts,
    call: calls.callInProcess,
  });
  const upstreams = options.accounts.map(({ upstream }) => upstream);
  const schedule = options.reconciles === false ? null : scheduleReconciler({ reconciler, environment, log });
  const stopBackground = async () => schedule?.stop();
  const drain = options.drain ?? {};
  const status = openStatus(options, { ledger, metrics, clock: environment.clock });
  const dashboard = openDashboard(options, { admin, admins: ledger.admins, bodyKey, environment, log });
  const delegation = createDelegationEndpoint({ way, metrics });
  const ways = { calls, admin: admin.handle, mcp, dashboard, delegation, ...people };
  const port = openPort({ ...status, ...ways, allowedHosts, upstreams, drain, stopBackground });
  const declares = () => declare(options.declared, { ledger, alerts, environment, log, allowsPrivate });
  return {
    listen: (address) => declares().then(() => port.listen(address)),
    close: () => port.close().then(sharedRows.close).then(alerts.close),
  };
}

/** Loaded only for whoever declares something. */
async function declare(declared: Declared | undefined, deps: ApplyDependencies): Promise<void> {
  if (declared === undefined) return;
  const { applyConfig } = await import("./config/apply-config.ts");
  await applyConfig(deps, declared);
}

/** The pages, and the ways in to them. */
function openDashboard(
  { oidc, publicUrl }: ProxyOptions,
  {
    admin,
    ...deps
  }: Pick<OidcDependencies, "admins" | "bodyKey" | "environment" | "log"> & { readonly admin: AdminEndpoint },
) {
  const { bodyKey, environment } = deps;
  const { random, clock } = environment;
  const limited = () => {
    const tries = createUnauthenticatedLimit();
    return (address: string) => tries.exceeded(address, clock());
  };
  const sessions = createSessions({ bodyKey, random, deadline: () => deadlineTime(environment) });
  // Apart, so that whoever guesses admin keys from an address keeps nobody beside them from signing in otherwise.
  const door =
    oidc === undefined
      ? null
      : createOidcDoor({ ...deps, options: oidc, publicUrl, sessions, exceeded: limited() });
  return createDashboardEndpoint({ sessions, admin, oidc: door, exceeded: limited() });
}

/** Who is told of what happens, and how people answer what they are asked. */
function openPeople(
  { publicUrl, slackSigningSecret }: ProxyOptions,
  deps: Omit<AlertsDependencies, "approvalLink" | "slackAnswers">,
) {
  const links = createApprovalLinks(deps.bodyKey, publicUrl ?? null);
  const signingSecret = slackSigningSecret ?? null;
  const alerts = createAlerts({ ...deps, approvalLink: links.linkOf, slackAnswers: signingSecret !== null });
  const teller = createApprovalTeller({ ...deps, alerts });
  const cards = { ...deps, links, teller };
  const slack = createSlackActions({ ...cards, signingSecret });
  return { alerts, teller, approvals: createApprovalPage(cards), slack };
}

/** Shorter, it could be guessed. */
function checkLength(name: string, key: string | undefined): void {
  if (key !== undefined && key.length < 16)
    throw new ProxyError("admin_key_invalid", `${name} must have at least 16 characters.`);
}

/** What /readyz and /metrics answer with. Anybody may ask, so they look at the store for many at once. */
function openStatus(
  { adminKey, metricsKey, telemetry }: ProxyOptions,
  books: { readonly ledger: Ledger<Policy>; readonly metrics: Metrics; readonly clock: () => number },
): Pick<PortDependencies, "readiness" | "figures" | "mayName"> {
  const { ledger, metrics, clock } = books;
  const probe = () => ledger.ping(clock()).then(() => null, storeFault);
  const refresh = shareLook({ look: metrics.refresh, gapMs: LIMITS.figuresGapMs, sleep: passUnnoticed });
  telemetry?.watch(() => refresh().then(metrics.families));
  return {
    readiness: shareLook({ look: probe, gapMs: LIMITS.readyGapMs, sleep: passUnnoticed }),
    figures: (named) => refresh().then(() => metrics.render({ named })),
    mayName: bearerCheck([adminKey, ...(metricsKey === undefined ? [] : [metricsKey])]),
  };
}

type Accounts = ProxyOptions["accounts"];

/** The accounts, with every request to a vendor measured. */
function measured([first, ...others]: Accounts, metrics: Metrics): Accounts {
  const measure = (account: AccountOptions): AccountOptions => ({
    ...account,
    upstream: measureUpstream(account.upstream, metrics.sent),
  });
  return [measure(first), ...others.map(measure)];
}

/** Keeps no process alive. */
function passUnnoticed(ms: number): Promise<void> {
  return pass(ms, undefined, { ref: false });
}
