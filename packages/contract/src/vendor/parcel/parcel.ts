/**
 * A made-up vendor, as unlike Stripe as a small API can be: JSON, a key in a header of its own, a price that the
 * request names, errors in a list, and no Idempotency-Keys. It shows that the port holds, and how one is added.
 */
import { createHash } from "node:crypto";
import { REFUSALS, redactSecrets } from "@keybrake/core";
import {
  type Act,
  type ActContext,
  type Additions,
  type Answer,
  type EncodedBody,
  messageOf,
  type Operation,
  ProxyError,
  type Refusal,
  type Reserved,
  type Route,
  type SimulationContext,
  type Unreadable,
  type Unresolved,
  type UpstreamAnswer,
  type Vendor,
  type VendorRequest,
} from "@keybrake/proxy";
import { interpret, redactOwnKeys } from "./interpret.ts";

interface ParcelRoute extends Route {
  readonly path: string;
}

interface ParcelRequest extends VendorRequest {
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Template extends Operation {
  readonly path: RegExp;
}

const OPERATIONS: readonly Template[] = [
  { name: "labels.create", method: "POST", write: true, path: /^\/labels$/ },
  { name: "labels.list", method: "GET", write: false, path: /^\/labels$/ },
  // What a pickup costs is told when it has been made.
  { name: "pickups.create", method: "POST", write: true, path: /^\/pickups$/ },
];

const TAG_PREFIX = "kb-";

function resolve(method: string, target: string): ParcelRoute | Unresolved {
  const path = /^\/parcel(\/[a-z]+)$/.exec(target)?.[1];
  const operation = OPERATIONS.find((known) => known.method === method && known.path.test(path ?? ""));
  if (path === undefined || operation === undefined)
    return { ok: false, reason: "Parcel has labels and pickups." };
  return { ok: true, operation, path };
}

function decode(
  { operation, path }: ParcelRoute,
  _headers: unknown,
  body: string,
): ParcelRequest | Unreadable {
  const common = { ok: true, operation, path, target: path } as const;
  if (!operation.write) return { ...common, fields: {} };
  try {
    const fields: unknown = JSON.parse(body);
    if (isRecord(fields)) return { ...common, fields };
  } catch {
    // Answered below.
  }
  return { ok: false, reason: "The body must be a JSON object." };
}

function encode({ operation, fields }: ParcelRequest, { stamp }: Additions): EncodedBody {
  if (!operation.write) return { body: null, contentType: null };
  const given = isRecord(fields.tags) ? fields.tags : {};
  const tags = {
    ...given,
    "kb-key": stamp.key,
    "kb-call": stamp.call,
    "kb-run": stamp.run,
    "kb-agent": stamp.agent,
  };
  return { body: JSON.stringify({ ...fields, tags }), contentType: "application/json" };
}

function reserved({ fields }: ParcelRequest): Reserved | null {
  const names = isRecord(fields.tags) ? Object.keys(fields.tags) : [];
  const name = names.find((tag) => tag.toLowerCase().startsWith(TAG_PREFIX));
  if (name === undefined) return null;
  return { param: `tags.${name}`, reason: `Tags that begin with ${TAG_PREFIX} are set by the proxy.` };
}

function refusalAnswer(refusal: Refusal, { callId }: { readonly callId: string | null }): Answer {
  const { code, param } = refusal;
  return {
    status: refusal.status ?? REFUSALS[code].status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      errors: [{ reason: code, text: messageOf(refusal), field: param ?? null }],
      call: callId,
    }),
  };
}

function act({ operation, path, fields }: ParcelRequest, { agentAct, includes }: ActContext): Act {
  const { note, ...identity } = fields;
  const digest = (content: object) => {
    const named = Object.entries(content).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return createHash("sha256")
      .update(JSON.stringify([operation.name, path, named, agentAct]))
      .digest("hex");
  };
  const terms = digest(identity);
  return {
    identity: includes.includes("note") ? digest(fields) : terms,
    terms,
    wording: digest({ ...identity, note }),
    shared: terms,
    spellings: [],
    endsWithDelivery: false,
  };
}

function simulate({ operation, fields }: ParcelRequest, context: SimulationContext): UpstreamAnswer {
  const id = `label_mock_${context.act.slice(0, 12)}`;
  const body = operation.write ? { id, charged_minor: fields.cost_minor } : { labels: [] };
  const headers = { "content-type": "application/json" };
  return { kind: "answer", status: 200, headers, body: JSON.stringify(body) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const CREDENTIAL = /^parcel_(live|test)_[a-z0-9]+$/;
const names = OPERATIONS.map(({ name }) => name);

export const parcel: Vendor<ParcelRoute, ParcelRequest> = {
  name: "parcel",
  title: "Parcel",
  keyHeader: "api-key",
  passedHeaders: ["accept"],
  idempotencyHeader: null,
  idempotencyMemoryMs: 0,
  resolve,
  decode,
  encode,
  reserved,
  accountsNamed: () => [],
  accountsIn: () => [],
  customerOf: () => ({ kind: "none" }),
  parametersOf: ({ fields }) =>
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)])),
  price({ operation, fields }) {
    if (!operation.write) return { kind: "free" };
    if (operation.name !== "labels.create") return { kind: "unknown", reason: "Parcel says it afterwards" };
    const { cost_minor: amountMinor } = fields;
    if (typeof amountMinor === "number" && Number.isSafeInteger(amountMinor) && amountMinor >= 0)
      return { kind: "amount", amountMinor, currency: "usd" };
    return { kind: "invalid", param: "cost_minor", reason: "cost_minor must be a whole number." };
  },
  currenciesIn: () => ["usd"],
  minorPerMajor: () => 100,
  act,
  setsState: () => false,
  undoneBy: () => [],
  isMadeUpKey: () => false,
  keyAmongParams: () => null,
  replayed: (kept) => ({ ...kept, headers: { ...kept.headers, "idempotent-replayed": "true" } }),
  outline: () => null,
  interpret,
  moved(_operation, object, priced) {
    const charged = isRecord(object) ? object.charged_minor : undefined;
    return typeof charged === "number" && priced.amountMinor !== null
      ? { amountMinor: charged, currency: "usd" }
      : priced;
  },
  chargedMicros: () => null,
  madeSince: () => [],
  trace: () => ({ kind: "untraceable", reason: "Parcel's lists cannot be searched" }),
  compare: () => null,
  refusalAnswer,
  simulate,
  redact: (text) => redactOwnKeys(redactSecrets(text)),
  isOwnKey: (text) => text.startsWith("parcel_"),
  readCredential(credential) {
    const mode = CREDENTIAL.exec(credential)?.[1];
    if (mode === undefined)
      throw new ProxyError("credential_invalid", "A Parcel key begins with parcel_live_ or parcel_test_.");
    return { mode: mode === "live" ? "live" : "test", owner: credential, warning: null };
  },
  credentialHeaders: (credential) => ({ "api-key": credential }),
  objectsOf: () => [],
  cardDataIn: () => null,
  objectPages: () => [],
  isCustomerId: () => false,
  isAccountId: () => false,
  patternExamples: "labels.create or labels.list",
  canonicalPattern: (pattern) => (names.includes(pattern) ? pattern : null),
  operationsMatching: (pattern) => names.filter((name) => name === pattern),
  patternCovers: (pattern, operation) => pattern === operation,
  isAssumable: () => false,
  mayMoveMoney: (operation) => operation !== "labels.list",
};
