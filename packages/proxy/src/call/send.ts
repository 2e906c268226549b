import type { Upstream, UpstreamRequest, UpstreamResult } from "../upstream/upstream.ts";
import type { VendorRequest } from "../vendors/vendor.ts";
import type { Held, Resolved } from "./call.ts";
import { type Content, passedHeaders } from "./first-request.ts";
import type { MaybePromise } from "./step.ts";

/** The two ways of asking the vendor for a call: to carry it out, and to look something up for it. */

/** Carries a held call out, or sends its act again. Never rejects. */
export function send(call: Held): MaybePromise<UpstreamResult> {
  const { request, sending } = call;
  if (call.key.simulate) return simulate(call, request);
  const { method } = request.operation;
  return sendSafely(
    call.account.upstream,
    upstreamRequest(call, { method, path: request.target }, sending.content, sending.upstreamIdempotencyKey),
  );
}

/** A GET that the proxy makes for itself, with the same passed headers as the call it serves. Never rejects. */
export function sendLookUp(call: Resolved, path: string): MaybePromise<UpstreamResult> {
  if (call.key.simulate) return simulateLookUp(call, path);
  const { upstream, vendor } = call.account;
  const content: Content = { body: null, contentType: null, headers: passedHeaders(vendor, call.headers) };
  return sendSafely(upstream, upstreamRequest(call, { method: "GET", path }, content, null));
}

/** What goes out. Built from nothing; `content.headers` are the client's that may pass. */
function upstreamRequest(
  { account }: Resolved,
  target: { readonly method: string; readonly path: string },
  { body, contentType, headers: passed }: Content,
  idempotencyKey: string | null,
): UpstreamRequest {
  const { vendor, credential } = account;
  const headers: Record<string, string> = {
    ...passed,
    ...vendor.credentialHeaders(credential()),
    "user-agent": "keybrake",
  };
  if (contentType !== null) headers["content-type"] = contentType;
  if (idempotencyKey !== null && vendor.idempotencyHeader !== null)
    headers[vendor.idempotencyHeader] = idempotencyKey;
  return { ...target, headers, body };
}

/** `send` that keeps its promise never to reject, whatever stands behind it. */
async function sendSafely(upstream: Upstream, request: UpstreamRequest): Promise<UpstreamResult> {
  try {
    return await upstream.send(request);
  } catch (error) {
    return { kind: "unknown", reason: error instanceof Error ? error.name : "error" };
  }
}

/** A simulate key's answer: made here, in the vendor's shapes; the upstream is never called. */
function simulate({ account, agent, callId, at }: Resolved, request: VendorRequest): UpstreamResult {
  const { vendor } = account;
  return vendor.simulate(request, { act: vendor.act(request, agent.act), at, callId });
}

function simulateLookUp(call: Resolved, path: string): UpstreamResult {
  const { vendor } = call.account;
  const route = vendor.resolve("GET", path);
  if (!route.ok) return { kind: "not_sent", reason: route.reason };
  const request = vendor.decode(route, {}, "");
  return request.ok ? simulate(call, request) : { kind: "not_sent", reason: request.reason };
}
