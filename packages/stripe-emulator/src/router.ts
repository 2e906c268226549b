import type { Route } from "./route.ts";
import { ROUTES } from "./routes.ts";

/** A request target, taken apart. */
export interface Target {
  /** Normalised, for matching, messages and idempotency. */
  readonly path: string;
  readonly query: string;
}

/**
 * Takes a request target apart as a lenient server would: absolute form, dot segments, encoded characters,
 * doubled and trailing slashes all come to the plain path. Lenient on purpose: a proxy in front of the
 * emulator that lets such a target through must be seen to reach the endpoint it means.
 */
export function parseTarget(target: string): Target {
  try {
    const url = new URL(target.startsWith("/") ? `http://emulator${target}` : target);
    const decoded = decodeURIComponent(url.pathname);
    // A second pass: an encoded slash or dot is one only after decoding.
    const resolved = decoded === url.pathname ? decoded : new URL(`http://emulator${decoded}`).pathname;
    const path = resolved.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
    return { path, query: url.search.slice(1) };
  } catch {
    return { path: target, query: "" };
  }
}

/** An endpoint, and the ids of the path that led to it: the first, and the one of an object inside it. */
export interface RouteMatch {
  readonly route: Route;
  readonly id: string;
  readonly innerId: string;
}

/** One segment of the paths: what follows a word, and what follows an id. */
interface Node {
  readonly words: Map<string, Node>;
  id: Node | null;
  readonly routes: Map<string, Route>;
}

function newNode(): Node {
  return { words: new Map(), id: null, routes: new Map() };
}

function buildTree(): Node {
  const root = newNode();
  for (const route of ROUTES) {
    let node = root;
    for (const segment of route.path.slice(1).split("/")) {
      if (segment.startsWith("{")) {
        node.id ??= newNode();
        node = node.id;
      } else {
        const next = node.words.get(segment) ?? newNode();
        node.words.set(segment, next);
        node = next;
      }
    }
    node.routes.set(route.method, route);
  }
  return root;
}

const TREE = buildTree();

/** The endpoint of a method and normalised path; null when there is none. A word stands before an id. */
export function matchRoute(method: string, path: string): RouteMatch | null {
  const ids: string[] = [];
  let node = TREE;
  for (const segment of path.slice(1).split("/")) {
    const word = node.words.get(segment);
    if (word === undefined && segment !== "") ids.push(segment);
    const next = word ?? (segment === "" ? null : node.id);
    if (next === null) return null;
    node = next;
  }
  const route = node.routes.get(method);
  return route === undefined ? null : { route, id: ids[0] ?? "", innerId: ids[1] ?? "" };
}
