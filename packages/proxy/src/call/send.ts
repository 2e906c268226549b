import type { Account } from "../accounts.ts";
import type { UpstreamRequest, UpstreamResult } from "../upstream/upstream.ts";
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
    call.account,
    call.key.id,
    upstreamRequest(call, { method, path: request.target }, sending.content, sending.upstreamIdempotencyKey),
  );
}

/** A GET that the proxy makes for itself, with the same passed headers as the call it serves. Never rejects. */
export function sendLookUp(call: Resolved, path: string): MaybePromise<UpstreamResult> {
  if (call.key.simulate) return simulateLookUp(call, path);
  return getFrom(call.account, path, passedHeaders(call.account.vendor, call.headers), call.key.id);
}

/**
 * GETs a path of the vendor's with the account's credential; `passed` are headers that may go out, and `sharer` is on
 * whose share of the sockets it goes. Never rejects.
 */
export function getFrom(
  account: Account,
  path: string,
  passed: Readonly<Record<string, string>>,
  sharer: string,
): Promise<UpstreamResult> {
  const content: Content = { body: null, contentType: null, headers: passed };
  return sendSafely(account, sharer, upstreamRequest({ account }, { method: "GET", path }, content, null));
}

/** What goes out. Built from nothing; `content.headers` are the client's that may pass. */
function upstreamRequest(
  { account }: Pick<Resolved, "account">,
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
async function sendSafely(
  { upstream }: Account,
  sharer: string,
  request: UpstreamRequest,
): Promise<UpstreamResult> {
  try {
    return await upstream.send(request, sharer);
  } catch (error) {
    return { kind: "unknown", reason: error instanceof Error ? error.name : "error" };
  }
}

/** A simulate key's answer: made here, in the vendor's shapes; the upstream is never called. */
function simulate({ account, agent, key, callId, at }: Resolved, request: VendorRequest): UpstreamResult {
  const { vendor } = account;
  const act = vendor.act(request, { agentAct: agent.act, includes: key.policy.act_includes });
  return vendor.simulate(request, { act: act.terms, at, callId });
}

function simulateLookUp(call: Resolved, path: string): UpstreamResult {
  const { vendor } = call.account;
  const route = vendor.resolve("GET", path, {});
  if (!route.ok) return { kind: "not_sent", reason: route.reason };
  const request = vendor.decode(route, {}, "");
  return request.ok ? simulate(call, request) : { kind: "not_sent", reason: request.reason };
}
