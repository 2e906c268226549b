/** Requests of Stripe's API, read once and written anew. */
import {
  type Additions,
  type EncodedBody,
  type Headers,
  headerOf,
  type Unreadable,
  type VendorRequest,
} from "../vendor.ts";
import { decodeForm, emptyParams, encodeForm, jsonToParams, type Params, textParam } from "./form.ts";
import { stampMetadata } from "./metadata.ts";
import type { Operation } from "./operation.ts";
import type { StripeRoute } from "./resolve.ts";

export interface StripeRequest extends VendorRequest {
  readonly operation: Operation;
  readonly pathParams: readonly string[];
  readonly params: Params;
  /** The `Stripe-Version` that the client chose; null leaves it to the account's own. */
  readonly apiVersion: string | null;
  /** The canonical JSON of a v2 request, which is forwarded as it is; null for forms. */
  readonly json: string | null;
  /** An Idempotency-Key that stood among the parameters: Stripe has no such parameter and refuses it. */
  readonly liftedKey: string | null;
}

const FORM_TYPE = "application/x-www-form-urlencoded";

function unreadable(reason: string): Unreadable {
  return { ok: false, reason };
}

/**
 * v1 takes forms; JSON on v1 is re-encoded as a form, which Stripe itself would refuse. v2 takes JSON. A
 * query beside a body is refused: whose `amount` would count? (docs.stripe.com/api, request bodies)
 */
export function decode(route: StripeRoute, headers: Headers, body: string): StripeRequest | Unreadable {
  const read = decodeContent(route, headers, body);
  return read.ok ? { ...read, apiVersion: headerOf(headers, "stripe-version") } : read;
}

type Content = Omit<StripeRequest, "apiVersion">;

function decodeContent(route: StripeRoute, headers: Headers, body: string): Content | Unreadable {
  const { operation, query } = route;
  if (operation.method !== "POST") return decodeQuery(route, body);
  if (query !== "") return unreadable("A POST request must not have a query; put parameters into the body.");
  if (operation.version === "v2") return decodeJson(route, body);
  const contentType = (headerOf(headers, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (contentType === "application/json") {
    const read = decodeJson(route, body);
    return read.ok ? { ...read, json: null } : read;
  }
  if (contentType !== "" && contentType !== FORM_TYPE) {
    return unreadable(`Content-Type ${contentType.slice(0, 60)} is not accepted; send a form or JSON.`);
  }
  const decoded = decodeForm(body);
  if (!decoded.ok) return unreadable(`The body is not valid: ${decoded.message}`);
  return requestOf(route, decoded.params, route.path, null);
}

function requestOf(route: StripeRoute, params: Params, target: string, json: string | null): Content {
  const { operation, path, pathParams } = route;
  const common = { ok: true, operation, path, pathParams, target, json } as const;
  const key = textParam(params, "idempotency_key") ?? "";
  // v2's JSON is forwarded as it came.
  if (operation.method !== "POST" || operation.version === "v2" || key === "")
    return { ...common, params, liftedKey: null };
  const { idempotency_key: _lifted, ...others } = params;
  return { ...common, params: Object.assign(emptyParams(), others), liftedKey: key };
}

function decodeQuery(route: StripeRoute, body: string): Content | Unreadable {
  if (body !== "")
    return unreadable("A GET or DELETE request must not have a body; put parameters into the query.");
  const decoded = decodeForm(route.query);
  if (!decoded.ok) return unreadable(`The query is not valid: ${decoded.message}`);
  const query = encodeForm(decoded.params);
  return requestOf(route, decoded.params, query === "" ? route.path : `${route.path}?${query}`, null);
}

function decodeJson(route: StripeRoute, body: string): Content | Unreadable {
  let value: unknown;
  try {
    value = JSON.parse(body === "" ? "{}" : body);
  } catch {
    return unreadable("The body is not valid JSON.");
  }
  const converted = jsonToParams(value);
  if (!converted.ok) return unreadable(`The body is not valid: ${converted.message}`);
  return requestOf(route, converted.params, route.path, JSON.stringify(value));
}

/** What a POST forwards; a GET or DELETE has no body. */
export function encode(
  { operation, params, json }: StripeRequest,
  { inject, stamp }: Additions & { readonly inject: Params | null },
): EncodedBody {
  if (operation.method !== "POST") return { body: null, contentType: null };
  if (json !== null) return { body: json, contentType: "application/json" };
  const priced = inject === null ? params : { ...params, ...inject };
  return { body: encodeForm(stampMetadata(operation, priced, stamp)), contentType: FORM_TYPE };
}
