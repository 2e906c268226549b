import type { AdminClient } from "@keybrake/core";
import { CliError, failure } from "../cli-error.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { needSetting, readSetting } from "../setting.ts";
import { SETTINGS } from "../settings.ts";

/** Where the proxy is and how to talk to it. The admin key goes nowhere but into its header. */
export interface AdminConnection {
  readonly proxyUrl: string;
  readonly adminKey: string;
  readonly admin: AdminClient;
}

const NO_ADMIN_KEY = "KEYBRAKE_ADMIN_KEY is not set: it is the admin key that the proxy was started with.";

/** Failures before or while a connection is made: the request reached nobody. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  // fetch's own refusal of ports that belong to other protocols (fetch.spec.whatwg.org#port-blocking).
  "bad port",
]);

/** `fetch` hides the reason in `cause`; with several addresses it is an AggregateError. */
function reasonOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  if (!(inner instanceof Error)) return undefined;
  return "code" in inner && typeof inner.code === "string" ? inner.code : inner.message;
}

/** Exit code 3. Says whether the request can have been carried out. */
function unreachable(proxyUrl: string, reason: string | undefined): CliError {
  const why = reason === undefined ? "" : ` (${reason})`;
  const message =
    reason !== undefined && NEVER_SENT.has(reason)
      ? `no proxy answers at ${proxyUrl}${why}. Is it running? Start one with \`keybrake serve\` or \`keybrake dev\`, or give its address with --proxy-url or KEYBRAKE_PROXY_URL.`
      : `the connection to ${proxyUrl} was lost${why} before an answer came. Whether the request was carried out is unknown: look before you repeat it.`;
  return new CliError({ code: "unreachable", message, exitCode: EXIT_CODES.unreachable });
}

/**
 * Runs `use` with a client of the running proxy. Throws a usage error without KEYBRAKE_ADMIN_KEY, exit code 3
 * when no proxy answers, and the proxy's own code and message when it refuses.
 */
export async function withAdmin(
  flags: { readonly proxyUrl?: string },
  io: Io,
  use: (connection: AdminConnection) => Promise<void>,
): Promise<void> {
  const proxyUrl = readSetting(SETTINGS.proxyUrl, flags.proxyUrl, io.env) ?? SETTINGS.proxyUrl.fallback;
  const adminKey = needSetting(SETTINGS.adminKey, undefined, io.env, NO_ADMIN_KEY);
  const { createAdminClient, isKeybrakeError } = await import("@keybrake/core");
  let reason: string | undefined;
  const admin = createAdminClient({
    proxyUrl,
    adminKey,
    fetch: async (url, init) => {
      try {
        return await io.fetch(url, init);
      } catch (error) {
        reason = reasonOf(error);
        throw error;
      }
    },
  });
  try {
    await use({ proxyUrl, adminKey, admin });
  } catch (error) {
    if (!isKeybrakeError(error)) throw error;
    if (error.code === "network_error" || error.code === "timed_out") throw unreachable(proxyUrl, reason);
    throw failure(error.code, error.message);
  }
}

/** What the proxy says; somebody else in its place is not quoted, who may repeat the key that they were sent. */
async function refusalOf(response: Response, { proxyUrl, adminKey }: AdminConnection): Promise<CliError> {
  const { code, message } = errorIn(await response.text());
  if (typeof code === "string" && typeof message === "string")
    return failure(code, message.replaceAll(adminKey, "[admin key]"));
  const foreign = `What answers at ${proxyUrl} is not a Keybrake proxy: HTTP ${response.status}.`;
  return failure("response_invalid", foreign);
}

function errorIn(text: string): { readonly code?: unknown; readonly message?: unknown } {
  try {
    return (JSON.parse(text) as { error?: object } | null)?.error ?? {};
  } catch {
    return {};
  }
}

/**
 * A GET whose answer is not JSON (CSV, server-sent events), which the admin client does not offer. The caller
 * reads the body. Throws as `withAdmin` describes.
 */
export async function adminGet(
  connection: AdminConnection,
  io: Io,
  request: {
    readonly path: string;
    readonly query: Readonly<Record<string, string | number | undefined>>;
    readonly signal?: AbortSignal;
  },
): Promise<Response> {
  const url = new URL(`${connection.proxyUrl}${request.path}`);
  for (const [name, value] of Object.entries(request.query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  let response: Response;
  try {
    response = await io.fetch(url, {
      headers: { authorization: `Bearer ${connection.adminKey}` },
      redirect: "manual",
      signal: request.signal ?? null,
    });
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    throw unreachable(connection.proxyUrl, reasonOf(error));
  }
  if (response.status !== 200) throw await refusalOf(response, connection);
  return response;
}
