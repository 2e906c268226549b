import { currencyDecimals } from "@keybrake/core";
import { parseWindow } from "../../window.ts";
import type { SimulationContext, UpstreamAnswer, Vendor } from "../vendor.ts";
import { actOf } from "./act.ts";
import { interpretBy, refusalBy } from "./answers.ts";
import { chargedIn, movedIn, planOf } from "./cost.ts";
import { createCredentials } from "./credential.ts";
import { type Description, isWriting } from "./description.ts";
import { merge, nest, parseFields, textAt, valueAt } from "./fields.ts";
import { createRequests, type DeclaredRequest, type DeclaredRoute } from "./request.ts";

/** An id, an address, a number: whatever a vendor calls somebody by. */
const NAME = /^[A-Za-z0-9_.@:+-]{1,255}$/;

/** As SDKs make a key for one call, and as code makes every id (RFC 9562). */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The port; each function below answers a part of it. */
type Declared = Vendor<DeclaredRoute, DeclaredRequest>;

/**
 * A vendor by its description alone. Its outcomes cannot be looked up: what is unknown stays held until it is sent
 * again, where the vendor remembers keys, or a person settles it.
 */
export function declareVendor(description: Description): Declared {
  const { name, title, authentication, idempotency } = description;
  const credentials = createCredentials(description);
  const refuse = refusalBy(description);
  const remembered = idempotency === null ? null : parseWindow(idempotency.remembered_for);
  return {
    name,
    title,
    keyHeader: authentication.kind === "header" ? authentication.name : null,
    passedHeaders: ["accept", ...description.passed_headers],
    idempotencyHeader: idempotency?.header ?? null,
    idempotencyMemoryMs: remembered ?? 0,
    ...createRequests(description),
    ...touchedBy(),
    ...figuresBy(description),
    act: actOf,
    setsState: ({ described: { sets_state, method } }) =>
      sets_state ?? (method !== "POST" && method !== "GET"),
    undoneBy: () => [],
    isMadeUpKey: (key) => UUID.test(key),
    keyAmongParams: () => null,
    interpret: interpretBy(description, credentials.redact),
    ...madeBy(description),
    refusalAnswer: (refusal, { callId }) => refuse(refusal, callId),
    redact: credentials.redact,
    isOwnKey: credentials.isOwn,
    readCredential: credentials.read,
    credentialHeaders: credentials.headers,
    ...patternsOf(description),
  };
}

/** Whom and what a request names. */
function touchedBy(): Pick<
  Declared,
  | "accountsNamed"
  | "accountsIn"
  | "customerOf"
  | "parametersOf"
  | "cardDataIn"
  | "objectsOf"
  | "isCustomerId"
  | "isAccountId"
> {
  const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return {
    accountsNamed: () => [],
    accountsIn: ({ described, params }) =>
      described.accounts.flatMap((param) => {
        const account = textAt(params, param);
        return account === null ? [] : [{ param, account }];
      }),
    customerOf({ described, params }) {
      const id = described.customer === undefined ? null : textAt(params, described.customer);
      return id === null ? { kind: "none" } : { kind: "named", id };
    },
    parametersOf: ({ params }) =>
      Object.fromEntries(Object.entries(params).map(([param, value]) => [param, asText(value)])),
    cardDataIn: () => null,
    objectsOf: () => [],
    isCustomerId: (text) => NAME.test(text),
    isAccountId: (text) => NAME.test(text),
  };
}

/** What calls cost. */
function figuresBy({
  operations,
}: Description): Pick<
  Declared,
  "price" | "currenciesIn" | "minorPerMajor" | "moved" | "chargedMicros" | "isAssumable" | "mayMoveMoney"
> {
  return {
    price: ({ operation, described, params }) => planOf(described, params, operation.write),
    currenciesIn: () => ["usd"],
    minorPerMajor: (currency) => 10 ** currencyDecimals(currency),
    moved(operation, object, priced) {
      const described = operations[operation];
      return described === undefined ? priced : movedIn(described, object, priced);
    },
    chargedMicros(operation, object) {
      const described = operations[operation];
      return described === undefined ? null : chargedIn(described, object);
    },
    isAssumable(operation) {
      const described = operations[operation];
      return described !== undefined && isWriting(described) && described.cost === undefined;
    },
    mayMoveMoney(operation) {
      const described = operations[operation];
      return described === undefined || (isWriting(described) && described.cost !== "free");
    },
  };
}

/** What became of calls: told by their answers, and by nothing else. */
function madeBy(
  description: Description,
): Pick<Declared, "replayed" | "outline" | "simulate" | "trace" | "madeSince" | "compare" | "objectPages"> {
  const { title, object_id } = description;
  return {
    replayed: (kept) => ({ ...kept, headers: { ...kept.headers, "idempotent-replayed": "true" } }),
    outline({ body }) {
      const id = textAt(parseFields(body), object_id);
      return id === null ? null : nest(object_id, id);
    },
    simulate: (request, context) => simulate(description, request, context),
    trace: () => ({ kind: "untraceable", reason: `${title}'s description says no way to look a call up` }),
    madeSince: () => [],
    compare: () => null,
    objectPages: () => [],
  };
}

/** What an allowlist may say: a name, all of a resource, all that reads, everything. */
function patternsOf({
  operations,
}: Description): Pick<
  Declared,
  "patternExamples" | "canonicalPattern" | "operationsMatching" | "patternCovers"
> {
  const names = Object.keys(operations);
  const covers = (pattern: string, operation: string): boolean =>
    pattern === "*" ||
    pattern === operation ||
    (pattern === "reads" && operations[operation]?.method === "GET") ||
    (pattern.endsWith(".*") && operation.startsWith(pattern.slice(0, -1)));
  const matching = (pattern: string) => names.filter((operation) => covers(pattern, operation));
  return {
    patternExamples: `${names.slice(0, 2).join(" or ")}, or ${names[0]?.split(".")[0] ?? ""}.*`,
    canonicalPattern: (pattern) => (matching(pattern).length > 0 ? pattern : null),
    operationsMatching: matching,
    patternCovers: covers,
  };
}

/** The description's own example, with an id made of the act. */
function simulate(
  { name, object_id }: Description,
  { described }: DeclaredRequest,
  { act }: SimulationContext,
): UpstreamAnswer {
  const id =
    valueAt(described.simulated, object_id) === undefined
      ? nest(object_id, `${name}_mock_${act.slice(0, 12)}`)
      : {};
  const body = JSON.stringify(merge(described.simulated, id));
  return { kind: "answer", status: 200, headers: { "content-type": "application/json" }, body };
}
