/**
 * From a raw request target to exactly one Stripe operation, or to none. Whatever two servers could read as
 * two different paths is refused, and what is forwarded is the normalised path, never the raw one.
 */
import { LIMITS } from "../../limits.ts";
import type { Route, Unresolved } from "../vendor.ts";
import { isName, isObjectId } from "./ids.ts";
import { OPERATIONS, type Operation } from "./operation.ts";

export interface StripeRoute extends Route {
  readonly operation: Operation;
  /** Normalised: starts with /v1/ or /v2/, ids re-encoded. Resolves to the same operation again. */
  readonly path: string;
  /** The decoded ids of the path, in order. */
  readonly pathParams: readonly string[];
  /** Raw, without `?`; printable ASCII. Stripe would merge a POST's query into its body: refuse it. */
  readonly query: string;
}

interface TrieNode {
  readonly literals: Map<string, TrieNode>;
  id: TrieNode | null;
  readonly operations: Map<string, Operation>;
}

function newTrieNode(): TrieNode {
  return { literals: new Map(), id: null, operations: new Map() };
}

function buildTrie(): TrieNode {
  const root = newTrieNode();
  for (const operation of OPERATIONS.values()) {
    let node = root;
    for (const segment of operation.path.split("/").slice(1)) {
      let next = segment.startsWith("{") ? node.id : (node.literals.get(segment) ?? null);
      if (next === null) {
        next = newTrieNode();
        if (segment.startsWith("{")) node.id = next;
        else node.literals.set(segment, next);
      }
      node = next;
    }
    node.operations.set(operation.method, operation);
  }
  return root;
}

const TRIE = buildTrie();

/** A route that Stripe had, that stripe-node no longer has, and that an {id} would otherwise swallow. */
const LEGACY_ROUTE = /^\/v1\/invoices\/upcoming(?:\/|$)/;

const NOT_A_PATH = "The request target must be a plain path such as /v1/charges.";
const ILLEGAL_PATH = "The path contains characters that no Stripe path has.";
const UNKNOWN_ROUTE = "No Stripe operation has this method and path.";

/**
 * Resolves a method and a request target as node:http gives it (`/stripe/v1/charges?limit=3`, `/v1/…`).
 * Literals are matched exactly and win over ids, without going back. One doubled slash before the version is
 * tolerated, because stripe-python sends `/stripe//v1/charges` when its api_base ends in a slash; anywhere
 * else it would hide an empty id. Ids are decoded once, and only characters that an honest client encodes
 * may be encoded. Pure; linear in the length of the target.
 */
export function resolveOperation(method: string, target: string): StripeRoute | Unresolved {
  const refuse = (reason: string): Unresolved => ({ ok: false, reason });
  const question = target.indexOf("?");
  const rawPath = question === -1 ? target : target.slice(0, question);
  const query = question === -1 ? "" : target.slice(question + 1);
  if (!rawPath.startsWith("/")) return refuse(NOT_A_PATH);
  if (rawPath.length > LIMITS.pathLength) return refuse("The path is too long.");
  if (query.length > LIMITS.queryLength) return refuse("The query is too long.");
  // Letters, digits, and the marks of ids and of percent-encoding: no `;`, `\`, `#`, control or non-ASCII.
  if (!/^[A-Za-z0-9_.:@+=,~%/-]*$/.test(rawPath)) return refuse(ILLEGAL_PATH);
  if (!/^[\x21\x22\x24-\x7e]*$/.test(query)) return refuse("The query contains illegal characters.");

  const version = /^\/{1,2}(?:stripe\/{1,2})?(v[12]|oauth)\//.exec(rawPath);
  if (version === null) return refuse(UNKNOWN_ROUTE);
  if (version[1] === "oauth") return refuse("Stripe's OAuth endpoints are not served by the proxy.");
  const match = matchRoute([version[1] ?? "", ...rawPath.slice(version[0].length).split("/")]);
  if (typeof match === "string") return refuse(match);
  const operation = match.node.operations.get(method);
  if (operation === undefined || LEGACY_ROUTE.test(match.path)) return refuse(UNKNOWN_ROUTE);
  if (operation.streaming === true)
    return refuse("Operations that answer files are not served by the proxy.");
  if (operation.base !== undefined) {
    return refuse(`Operations on Stripe's ${operation.base} host are not served by the proxy.`);
  }
  return { ok: true, operation, path: match.path, pathParams: match.pathParams, query };
}

interface RouteMatch {
  readonly node: TrieNode;
  readonly path: string;
  readonly pathParams: readonly string[];
}

/** Walks the trie; the reason when there is no way. */
function matchRoute(segments: readonly string[]): RouteMatch | string {
  let node = TRIE;
  let path = "";
  const pathParams: string[] = [];
  for (const segment of segments) {
    const literal = node.literals.get(segment);
    if (literal !== undefined) {
      node = literal;
      path += `/${segment}`;
      continue;
    }
    if (segment === "") return "The path has an empty segment or a trailing slash.";
    const id = decodeId(segment, { named: NAMED.has(path) });
    if (id === null) return node.id === null ? UNKNOWN_ROUTE : ILLEGAL_PATH;
    if (node.id === null) return UNKNOWN_ROUTE;
    node = node.id;
    pathParams.push(id);
    path += `/${encodeURIComponent(id)}`;
  }
  return { node, path, pathParams };
}

/** Marks that encodeURIComponent writes as %XX; nothing else may be encoded, dots and letters least of all. */
const ENCODED_MARKS: Readonly<Record<string, string>> = {
  "3A": ":",
  "40": "@",
  "2B": "+",
  "3D": "=",
  "2C": ",",
};

/**
 * Where ids are names: merchants choose those of coupons and plans, and Stripe calls a type of report
 * `balance.summary.1`. None of them has a literal beside its ids that a suffix could hide.
 */
const NAMED: ReadonlySet<string> = new Set(["/v1/coupons", "/v1/plans", "/v1/reporting/report_types"]);

function decodeId(segment: string, { named }: { named: boolean }): string | null {
  if (!named) return isObjectId(segment) ? segment : null;
  const decoded = segment.replaceAll(
    /%(.{0,2})/g,
    (_, digits: string) => ENCODED_MARKS[digits.toUpperCase()] ?? "%",
  );
  return isName(decoded) ? decoded : null;
}
