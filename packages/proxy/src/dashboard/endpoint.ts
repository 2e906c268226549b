import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdminEndpoint } from "../admin/admin-endpoint.ts";
import { adminErrorBody } from "../admin/errors.ts";
import { LIMITS } from "../limits.ts";
import { type DashboardFile, readDashboard } from "./files.ts";
import { OIDC_PATH, type OidcDoor } from "./oidc/sign-in.ts";
import { isOwn, isSecure } from "./own.ts";
import type { Sessions } from "./session.ts";

export interface DashboardDependencies {
  readonly sessions: Sessions;
  readonly admin: AdminEndpoint;
  /** Null when nobody signs in but by admin key. */
  readonly oidc: OidcDoor | null;
  /** Counts a try to sign in from an address, and says whether it has had its share of this minute. */
  readonly exceeded: (address: string) => boolean;
  /** Where the built dashboard is; beside this package's code unless told. */
  readonly folder?: string;
}

/** Everything comes from the proxy itself, and nothing may frame it. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The dashboard under `/app`: its files for anybody, and the admin API behind a session (`/app/api`). */
export function createDashboardEndpoint(
  deps: DashboardDependencies,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let files: ReturnType<typeof readDashboard> | undefined;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (path === "/app/session") return serveSession(deps, request, response);
    if (path.startsWith("/app/api/")) return serveApi(deps, request, response);
    if (deps.oidc !== null && (path === OIDC_PATH || path.startsWith(`${OIDC_PATH}/`)))
      return deps.oidc.handle(request, response);
    files ??= readDashboard(deps.folder);
    const found = await files;
    // Somebody may build them yet.
    if (found === null) files = undefined;
    return serveFile(found, path, request, response);
  };
  // Whatever fails here fails for one request, and ends no proxy.
  return (request, response) => serve(request, response).catch(() => void response.destroy());
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  answer(response, status, adminErrorBody(code, message, status));
}

const FOREIGN = ["foreign_request", "Only the dashboard's own pages may ask this."] as const;
const SIGNED_OUT = ["signed_out", "Sign in."] as const;

async function serveSession(
  deps: DashboardDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOwn(request)) return fail(response, 403, ...FOREIGN);
  const { method } = request;
  // By what one may sign in beside an admin key, for whoever has yet to.
  if (method === "GET")
    return answer(response, 200, { oidc: deps.oidc === null ? null : { issuer: deps.oidc.issuerHost } });
  if (method === "POST") return beginSession(deps, request, response);
  if (method !== "DELETE") return fail(response, 405, "method_not_allowed", "GET, POST or DELETE.");
  setCookie(response, deps.sessions.end(isSecure(request)));
}

function setCookie(response: ServerResponse, cookie: string): void {
  response.writeHead(204, { "set-cookie": cookie, "cache-control": "no-store" }).end();
}

async function beginSession(
  { sessions, admin, exceeded }: DashboardDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (exceeded(request.socket.remoteAddress ?? "unknown"))
    return fail(response, 429, "rate_limited", "Too many tries. Wait a minute.");
  const key = await readKey(request);
  const status = key === null ? 401 : await admin.statusFor(key);
  if (key !== null && status === 200)
    return setCookie(response, sessions.begin({ adminKey: key }, isSecure(request)));
  if (status === 403)
    return fail(response, 403, "scope_missing", "This admin key may not read what the dashboard shows.");
  if (status >= 500) return fail(response, 503, "store_unavailable", "The store does not answer. Try again.");
  fail(response, 401, "invalid_admin_key", "This is not an admin key of this proxy.");
}

/** The key in the body, `{"admin_key": …}`; null when it has none, or is longer than any, or its sender goes away. */
async function readKey(request: IncomingMessage): Promise<string | null> {
  let text = "";
  try {
    for await (const chunk of request) {
      text += (chunk as Buffer).toString("utf8");
      if (text.length > LIMITS.sessionBodyLength) return null;
    }
    const { admin_key: key } = JSON.parse(text) as { admin_key?: unknown };
    // What is none could not stand in a header.
    return typeof key === "string" && /^[\x21-\x7e]{1,512}$/.test(key) ? key : null;
  } catch {
    return null;
  }
}

/** The admin API, asked with what the session is of in place of the cookie. */
function serveApi(
  { sessions, admin, oidc }: DashboardDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> | void {
  if (!isOwn(request)) return fail(response, 403, ...FOREIGN);
  const session = sessions.read(request.headers.cookie);
  if (session === null) return fail(response, 401, ...SIGNED_OUT);
  const person = "person" in session ? (oidc?.adminOf(session.person) ?? null) : undefined;
  if (person === null) return fail(response, 401, ...SIGNED_OUT);
  setAuthorization(request, "adminKey" in session ? session.adminKey : null);
  request.url = (request.url ?? "").replace(/^\/app\/api\//, "/admin/");
  response.setHeader("cache-control", "no-store");
  return admin.handle(request, response, person);
}

/** In place of what the browser sent. */
function setAuthorization(request: IncomingMessage, key: string | null): void {
  const { headers } = request;
  delete headers.cookie;
  delete headers.authorization;
  if (key !== null) headers.authorization = `Bearer ${key}`;
  request.rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === undefined ? [] : [name, one])),
  );
}

const NOT_BUILT = `The dashboard's pages are not here: they are built, and this proxy runs from sources.

In the repository, run: npx pnpm@10 build
Then load this page again. What is published, and the container image, have them.
Without them the keybrake command does the same.
`;

/** A path without a file of its own is a page of the dashboard, which finds out which. */
function serveFile(
  files: ReadonlyMap<string, DashboardFile> | null,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  if (files === null) {
    response.writeHead(503, { "content-type": "text/plain; charset=utf-8" }).end(NOT_BUILT);
    return;
  }
  const name = path.slice("/app/".length);
  // Runs and keys have names of their owners' choice, with dots in them perhaps; files stand at the top, or in one folder.
  const isPage = !name.startsWith("assets/") && (name.includes("/") || !name.includes("."));
  const file = files.get(isPage ? "index.html" : name);
  if (file === undefined) {
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("Not found.\n");
    return;
  }
  const takesGzip = /\bgzip\b/.test(request.headers["accept-encoding"]?.toString() ?? "");
  const body = takesGzip ? file.gzipped : file.bytes;
  response.writeHead(200, {
    "content-type": file.type,
    "content-length": body.length,
    "cache-control": file.isFixed ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
    ...(takesGzip ? { "content-encoding": "gzip" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
