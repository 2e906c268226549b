import { LIMITS } from "../limits.ts";
import type { Refusal } from "../refusal.ts";
import {
  decodeForm,
  encodeForm,
  jsonToParams,
  type Operation,
  type Params,
} from "../vendors/stripe/index.ts";
import { headerOf, type IncomingCall } from "./facts.ts";

/** The parameters of a call, read once, so that what is checked and what is forwarded cannot differ. */
export interface DecodedCall {
  readonly params: Params;
  /** Canonical query of a GET or DELETE, without `?`; empty otherwise. */
  readonly query: string;
  /** What a POST forwards; null when it has none. Made anew from `params` when those change. */
  readonly encode: (params: Params) => string | null;
  readonly contentType: string | null;
}

type Decoded =
  | { readonly ok: true; readonly call: DecodedCall }
  | { readonly ok: false; readonly refusal: Refusal };

function invalid(message: string): Decoded {
  return { ok: false, refusal: { code: "request_invalid", message } };
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

function decodeQueryCall(query: string, body: string): Decoded {
  if (body !== "")
    return invalid("A GET or DELETE request must not have a body; put parameters into the query.");
  const decoded = decodeForm(query);
  if (!decoded.ok) return invalid(`The query is not valid: ${decoded.message}`);
  return {
    ok: true,
    call: {
      params: decoded.params,
      query: encodeForm(decoded.params),
      encode: () => null,
      contentType: null,
    },
  };
}

function decodeJsonBody(body: string): Decoded {
  const parsed = parseJson(body === "" ? "{}" : body);
  if (!parsed.ok) return invalid("The body is not valid JSON.");
  const converted = jsonToParams(parsed.value);
  if (!converted.ok) return invalid(`The body is not valid: ${converted.message}`);
  const canonical = JSON.stringify(parsed.value);
  return {
    ok: true,
    call: { params: converted.params, query: "", encode: () => canonical, contentType: "application/json" },
  };
}

/**
 * v1 takes forms; JSON on v1 is re-encoded as a form, which Stripe itself would refuse. v2 takes JSON. A
 * query beside a body is refused: whose `amount` would count? (docs.stripe.com/api, request bodies)
 */
export function decodeCall(operation: Operation, query: string, call: IncomingCall): Decoded {
  const { body } = call;
  if (body === null) {
    const message = `A request body has at most ${LIMITS.bodyBytes} bytes.`;
    return { ok: false, refusal: { code: "body_too_large", message } };
  }
  if (operation.method !== "POST") return decodeQueryCall(query, body);
  if (query !== "") return invalid("A POST request must not have a query; put parameters into the body.");
  const contentType = (headerOf(call, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (operation.version === "v2") return decodeJsonBody(body);
  const form = (params: Params) => encodeForm(params);
  const formType = "application/x-www-form-urlencoded";
  if (contentType === "application/json") {
    const json = decodeJsonBody(body);
    return json.ok ? { ok: true, call: { ...json.call, encode: form, contentType: formType } } : json;
  }
  if (contentType !== "" && contentType !== formType) {
    return invalid(`Content-Type ${contentType.slice(0, 60)} is not accepted; send a form or JSON.`);
  }
  const decoded = decodeForm(body);
  if (!decoded.ok) return invalid(`The body is not valid: ${decoded.message}`);
  return { ok: true, call: { params: decoded.params, query: "", encode: form, contentType: formType } };
}
