import type { Refusal } from "../refusal.ts";
import { type Operation, type PricePlan, priceCall, resolveOperation } from "../vendors/stripe/index.ts";
import { type DecodedCall, decodeCall } from "./decode.ts";
import type { IncomingCall } from "./facts.ts";

/** Step 2 and what follows from it alone: what a request asks for, as far as it can be read. */
export type RequestReading =
  | { readonly kind: "unresolved"; readonly path: string; readonly refusal: Refusal }
  | {
      readonly kind: "unreadable";
      readonly path: string;
      readonly operation: Operation;
      readonly refusal: Refusal;
    }
  | {
      readonly kind: "readable";
      readonly path: string;
      readonly operation: Operation;
      readonly pathParams: readonly string[];
      readonly decoded: DecodedCall;
      readonly plan: PricePlan;
    };

/** Pure, and done before anything is refused, so that every row says what was asked. */
export function readRequest(call: IncomingCall): RequestReading {
  const resolved = resolveOperation(call.method, call.target);
  if (!resolved.ok) {
    const message = `This request is no operation that a vault key can allow: ${resolved.reason}`;
    return { kind: "unresolved", path: resolved.path, refusal: { code: "operation_not_allowed", message } };
  }
  const { operation, path, pathParams, query } = resolved;
  const decoded = decodeCall(operation, query, call);
  if (!decoded.ok) return { kind: "unreadable", path, operation, refusal: decoded.refusal };
  const plan = priceCall({ operation: operation.name, params: decoded.call.params, pathParams });
  return { kind: "readable", path, operation, pathParams, decoded: decoded.call, plan };
}
