import type { IncomingMessage, ServerResponse } from "node:http";
import { adminErrorBody } from "../admin/errors.ts";
import { LIMITS } from "../limits.ts";
import { type DashboardFile, readDashboard } from "./files.ts";
import type { Sessions } from "./session.ts";

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface DashboardDependencies {
  readonly sessions: Sessions;
  /** The admin API. */
  readonly admin: Handle;
  /** See `AdminEndpoint.statusFor`. */
  readonly statusFor: (adminKey: string) => Promise<number>;
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

/** What a script of this page sends, and no form or link of another site can without being asked first. */
const OWN_HEADER = "x-keybrake-dashboard";

/** The dashboard under `/app`: its files for anybody, and the admin API behind a session (`/app/api`). */
export function createDashboardEndpoint(deps: DashboardDependencies): Handle {
  let files: ReturnType<typeof readDashboard> | undefined;
  const serve: Handle = async (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (path === "/app/session") return serveSession(deps, request, response);
    if (path.startsWith("/app/api/")) return serveApi(deps, request, response);
    files ??= readDashboard(deps.folder);
    return serveFile(await files, path, request, response);
  };
  // Whatever fails here fails for one request, and ends no proxy.
  return (request, response) => serve(request, response).catch(() => void response.destroy());
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(adminErrorBody(code, message, status)));
}

/** Whether the request can have come from a page of this very origin alone. */
function isOwn({ method = "GET", headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  return method === "GET" || headers[OWN_HEADER] !== undefined;
}

const FOREIGN = ["foreign_request", "Only the dashboard's own pages may ask this."] as const;
const SIGNED_OUT = ["signed_out", "Sign in with an admin key."] as const;

/** As the browser sees it: a terminator in front says so. */
function isSecure({ headers }: IncomingMessage): boolean {
  return headers["x-forwarded-proto"] === "https";
}

async function serveSession(
  { sessions, statusFor, exceeded }: DashboardDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOwn(request)) return fail(response, 403, ...FOREIGN);
  const secure = isSecure(request);
  const done = (cookie: string): void => {
    response.writeHead(204, { "set-cookie": cookie, "cache-control": "no-store" }).end();
  };
  if (request.method === "DELETE") return done(sessions.end(secure));
  if (request.method !== "POST") return fail(response, 405, "method_not_allowed", "POST or DELETE.");
  if (exceeded(request.socket.remoteAddress ?? ""))
    return fail(response, 429, "rate_limited", "Too many tries. Wait a minute.");
  const key = await readKey(request);
  const status = key === null ? 401 : await statusFor(key);
  if (key !== null && status === 200) return done(sessions.begin(key, secure));
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

/** The admin API, asked with the session's key in place of the cookie. */
function serveApi(
  { sessions, admin }: DashboardDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> | void {
  if (!isOwn(request)) return fail(response, 403, ...FOREIGN);
  const key = sessions.read(request.headers.cookie);
  if (key === null) return fail(response, 401, ...SIGNED_OUT);
  const { headers, url = "" } = request;
  const authorization = `Bearer ${key}`;
  delete headers.cookie;
  headers.authorization = authorization;
  request.rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === undefined ? [] : [name, one])),
  );
  request.url = url.replace(/^\/app\/api\//, "/admin/");
  response.setHeader("cache-control", "no-store");
  return admin(request, response);
}

const NOT_BUILT = "The dashboard is not built: run `npx pnpm@10 build` once.\n";

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
  // Runs have whatever ids their agents gave them.
  const isPage = !name.includes(".") || name.startsWith("runs/");
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
