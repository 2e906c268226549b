import type { Upstream, UpstreamRequest, UpstreamResult } from "../upstream/upstream.ts";
import { headerOf, type IncomingCall } from "./facts.ts";

/**
 * Step 6: what goes out. Built from nothing: of the client's headers only those named here are taken, so
 * its credentials, cookies, hop-by-hop headers (RFC 9110 section 7.6.1), method overrides and telemetry stay
 * behind. Stripe-Account was checked against the policy before.
 */
const PASSED_HEADERS = ["stripe-version", "stripe-account", "stripe-context", "accept"] as const;

export function upstreamRequest(
  call: IncomingCall,
  target: { readonly method: string; readonly path: string; readonly query: string },
  content: {
    readonly body: string | null;
    readonly contentType: string | null;
    readonly idempotencyKey: string | null;
  },
  credential: string,
): UpstreamRequest {
  const headers: Record<string, string> = {
    authorization: `Bearer ${credential}`,
    "user-agent": "keybrake",
  };
  for (const name of PASSED_HEADERS) {
    const value = headerOf(call, name);
    if (value !== null) headers[name] = value;
  }
  if (content.contentType !== null) headers["content-type"] = content.contentType;
  if (content.idempotencyKey !== null) headers["idempotency-key"] = content.idempotencyKey;
  const path = target.query === "" ? target.path : `${target.path}?${target.query}`;
  return { method: target.method, path, headers, body: content.body };
}

/** A GET that the proxy makes for itself, with the same version and account as the call it serves. */
export function lookupRequest(call: IncomingCall, path: string, credential: string): UpstreamRequest {
  const content = { body: null, contentType: null, idempotencyKey: null };
  return upstreamRequest(call, { method: "GET", path, query: "" }, content, credential);
}

/** `send` that keeps its promise never to reject, whatever stands behind it. */
export async function sendSafely(upstream: Upstream, request: UpstreamRequest): Promise<UpstreamResult> {
  try {
    return await upstream.send(request);
  } catch (error) {
    return { kind: "unknown", reason: error instanceof Error ? error.name : "error" };
  }
}
