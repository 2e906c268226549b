import type { z } from "zod";
import { KeybrakeError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { isRecord } from "../text.ts";
import { connectionWords } from "../wire/connection-failure.ts";
import { scrub } from "../wire/credentials.ts";
import type { FetchLike, Runtime } from "../wire/environment.ts";
import { encodeForm, type FormParams } from "../wire/form.ts";
import { notKeybrake } from "../wire/interpret.ts";
import { type Answered, type SendResult, send } from "../wire/send.ts";

export interface AdminRequest<T> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the proxy's root, already encoded. */
  readonly path: string;
  readonly query?: object;
  readonly body?: object;
  /** False: a repetition would do it twice (issuing a key), so it is tried once. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
  /** What a success must say. */
  readonly answer: z.ZodType<T>;
}

export type AdminSend = <T>(request: AdminRequest<T>) => Promise<T>;

export interface AdminConnection {
  readonly proxyUrl: string;
  /** An admin key; or a vault key, for what keys may ask themselves. */
  readonly bearer: string;
  readonly fetch: FetchLike;
  readonly runtime: Runtime;
  readonly timeoutMs: number;
}

function readAnswer<T>(
  result: SendResult,
  { answer }: AdminRequest<T>,
  { proxyUrl, bearer }: AdminConnection,
): T {
  if (result.kind === "aborted")
    throw new KeybrakeError({ code: "aborted", message: "The request was aborted." });
  if (result.kind === "timed_out") {
    const message = `The proxy at ${proxyUrl} did not answer in time; whether the request was carried out is unknown.`;
    throw new KeybrakeError({ code: "timed_out", message, isRetryable: true });
  }
  if (result.kind === "unreachable") {
    const message = connectionWords(result, proxyUrl);
    throw new KeybrakeError({ code: "network_error", message, isRetryable: true });
  }
  const { status, body } = result;
  if (status >= 200 && status < 300 && isRecord(body)) {
    const read = answer.safeParse(body);
    if (read.success) return read.data;
    throw new KeybrakeError({ code: "response_invalid", message: misread(read.error, proxyUrl), status });
  }
  const isRetryable = status === 429 || status >= 500;
  throw new KeybrakeError(scrub({ ...problemIn(result, proxyUrl), status, isRetryable }, bearer));
}

/** Names the field, and quotes nothing: it may be a key. What was asked for has been done all the same. */
function misread({ issues: [first] }: z.ZodError, proxyUrl: string): string {
  const field = first === undefined || first.path.length === 0 ? "its body" : first.path.join(".");
  return `The answer of ${proxyUrl} is not what this version of @keybrake/core knows (${field}). The request itself succeeded.`;
}

/** The proxy's code and words; of somebody else in its place neither, who may quote what they were sent. */
function problemIn(answer: Answered, proxyUrl: string): { readonly code: string; readonly message: string } {
  const error = isRecord(answer.body) && isRecord(answer.body.error) ? answer.body.error : {};
  const { code, message } = error;
  return typeof code === "string" && typeof message === "string"
    ? { code, message }
    : { code: "response_invalid", message: notKeybrake(answer, proxyUrl) };
}

/** Sends admin requests; the key lives in this closure alone. The functions throw `KeybrakeError`. */
export function makeAdminSend(connection: AdminConnection): AdminSend {
  const { proxyUrl, bearer, fetch, runtime, timeoutMs } = connection;
  return async <T>(request: AdminRequest<T>): Promise<T> => {
    const { method, path, body, repeatable, signal } = request;
    const query = encodeForm((request.query ?? {}) as FormParams);
    const http = {
      method,
      url: `${proxyUrl}${path}${query === "" ? "" : `?${query}`}`,
      headers: {
        authorization: `Bearer ${bearer}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    };
    const tries = repeatable ? LIMITS.tries : 1;
    return readAnswer(await send(http, { fetch, runtime, timeoutMs, signal, tries }), request, connection);
  };
}
