/**
 * What a call costs before it is forwarded. Pure: what the request does not say is asked for by a look-up,
 * which the caller of this module makes. Fails closed: a write without a class, a money operation without a pricer
 * and a parameter that nobody has judged are `unknown`, and the proxy refuses them with `amount_unknown`.
 */
import type { PricePlan } from "../vendor.ts";
import { JUDGED_API_VERSION } from "./classes/generated/parameters.generated.ts";
import { judgeParameters } from "./classes/judge-parameters.ts";
import { isJudgedVersion } from "./classes/judge-version.ts";
import type { ClassedOperation } from "./classes/operation-class.ts";
import { hasJudgedParameters, OPERATION_CLASSES } from "./classes/operation-classes.ts";
import { OPERATIONS } from "./operation.ts";
import { FREE, type PriceQuestion, unknown } from "./pricing-plan.ts";
import { FREE_PRICERS, PRICERS } from "./pricing-table.ts";

/** Prices a call. `operation` is the canonical name of the table (`charges.create`). */
export function priceCall(call: PriceQuestion): PricePlan {
  const operation = OPERATIONS.get(call.operation);
  if (operation === undefined) return unknown(`unknown operation ${call.operation.slice(0, 100)}`);
  if (!operation.write) return FREE;
  const classed = OPERATION_CLASSES.get(call.operation);
  if (classed === undefined) return unknown(`nobody has looked at what ${call.operation} does`);
  const plan = priceByClass(call, classed);
  if (plan.kind === "invalid") return plan;
  if (hasJudgedParameters(classed) && call.apiVersion !== null && !isJudgedVersion(call.apiVersion))
    return unknown(
      `the Stripe-Version is a preview, or later than ${JUDGED_API_VERSION}, which prices are for`,
    );
  const objection = judgeParameters(call.operation, call.params);
  return objection === null
    ? plan
    : unknown(`${objection.parameter}: ${objection.reason}`, objection.parameter);
}

function priceByClass(call: PriceQuestion, { class: kind, reason }: ClassedOperation): PricePlan {
  const { operation } = call;
  if (kind === "free") return FREE_PRICERS.get(operation)?.(call) ?? FREE;
  if (kind === "unpriceable") return unknown(`${operation} has no figure: ${reason}`);
  return PRICERS.get(operation)?.(call) ?? unknown(`the amount that ${operation} moves cannot be told`);
}

/**
 * Whether a call of this operation may cost: by its class, or because it is free with some parameters only and a
 * policy may say what the others count. True for names that Stripe does not have: fail closed.
 */
export function mayMoveMoney(operation: string): boolean {
  if (OPERATIONS.get(operation)?.write === false) return false;
  return OPERATION_CLASSES.get(operation)?.class !== "free";
}

/**
 * Whether a policy may say what a call of this operation counts when no figure can be told. Not where the request or
 * a look-up says it: an unknown parameter of a charge moves anything. Not for plainly free writes and reads either.
 */
export function isAssumable(operation: string): boolean {
  const classed = OPERATION_CLASSES.get(operation);
  if (classed === undefined) return false;
  if (classed.class === "free") return classed.freeParameters !== undefined;
  return classed.class !== "priced" || !PRICERS.has(operation);
}
