import { BODY_LATE, BODY_TOO_LARGE, errorAnswer, OVERLOADED } from "../refusal.ts";
import { toResponse } from "./web.ts";

/** Refusals of the endpoint itself. Those of calls come from the way of every call. */

/** One error shape on the whole port; these codes are the endpoint's own. */
function refuse(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const type = status >= 500 ? "api_error" : status === 429 ? "rate_limit_error" : "invalid_request_error";
  return Response.json({ error: { type, code, message, keybrake: {} } }, { status, headers });
}

export const FOREIGN = {
  host: () =>
    refuse(
      403,
      "host_not_allowed",
      "The Host header names none of this proxy's own names. Start it with --allowed-hosts to add one.",
    ),
  origin: () => refuse(403, "origin_not_allowed", "Requests of web pages of other hosts are not taken."),
};

/** The session is over, whatever still runs in it. */
export const sessionEnded = (): Response => new Response(null, { status: 200 });

export const methodNotAllowed = () =>
  refuse(405, "method_not_allowed", "MCP uses POST, GET and DELETE here.", { allow: "POST, GET, DELETE" });

export const bodyTooLarge = () => toResponse(errorAnswer(BODY_TOO_LARGE, null));

export const bodyLate = () => toResponse(errorAnswer(BODY_LATE, null));

export const overloaded = () => toResponse(errorAnswer(OVERLOADED, null));

export const invalid = (reason: string) => toResponse(errorAnswer({ code: "request_invalid", reason }, null));

/** The protocol's way of telling a client to start another session; the same for another key's session. */
export const sessionNotFound = () =>
  refuse(
    404,
    "session_not_found",
    "There is no such session of this vault key: it ended or was idle for too long. Start another; with the same X-Agent-Run-Id it is the same run.",
  );

export const sessionsFull = (whose: "key" | "all") =>
  whose === "key"
    ? refuse(
        429,
        "too_many_sessions",
        "This vault key has as many sessions as it may. End some with DELETE, or wait until idle ones expire.",
      )
    : refuse(503, "too_many_sessions", "The proxy has as many sessions as it takes. Try again later.");

export const failed = () =>
  toResponse(errorAnswer({ code: "store_unavailable", reason: "The request failed in the proxy." }, null));
