import type { Upstream, UpstreamRequest, UpstreamResult } from "../upstream/upstream.ts";
import type { Content } from "./first-request.ts";

/** Step 6: what goes out. Built from nothing; `content.headers` are the client's that may pass. */
export function upstreamRequest(
  target: { readonly method: string; readonly path: string; readonly query: string },
  content: Content,
  credential: string,
  idempotencyKey: string | null,
): UpstreamRequest {
  const headers: Record<string, string> = {
    ...content.headers,
    authorization: `Bearer ${credential}`,
    "user-agent": "keybrake",
  };
  if (content.contentType !== null) headers["content-type"] = content.contentType;
  if (idempotencyKey !== null) headers["idempotency-key"] = idempotencyKey;
  const path = target.query === "" ? target.path : `${target.path}?${target.query}`;
  return { method: target.method, path, headers, body: content.body };
}

/** A GET that the proxy makes for itself, with the same version and account as the call it serves. */
export function lookupRequest(
  path: string,
  headers: Readonly<Record<string, string>>,
  credential: string,
): UpstreamRequest {
  const content = { body: null, contentType: null, headers };
  return upstreamRequest({ method: "GET", path, query: "" }, content, credential, null);
}

/** `send` that keeps its promise never to reject, whatever stands behind it. */
export async function sendSafely(upstream: Upstream, request: UpstreamRequest): Promise<UpstreamResult> {
  try {
    return await upstream.send(request);
  } catch (error) {
    return { kind: "unknown", reason: error instanceof Error ? error.name : "error" };
  }
}
