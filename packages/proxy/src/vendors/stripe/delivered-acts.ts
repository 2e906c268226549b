/** Which acts are over when their answer has been delivered, and which stay the same one for a policy's window. */
import { OPERATION_CLASSES } from "./classes/operation-classes.ts";
import type { Params } from "./form.ts";

/** What is done to an object, adds to it each time, and moves money: like what is made. */
const ADDING: ReadonlySet<string> = new Set([
  "invoices.addLines",
  "invoices.attachPayment",
  "paymentIntents.applyCustomerBalance",
  "terminal.readers.refundPayment",
  "forwarding.requests.create",
]);

/** Addresses of pages where whoever comes may pay: each visitor has one. */
const PAGES: ReadonlySet<string> = new Set(["checkout.sessions.create", "paymentLinks.create"]);

/**
 * - What is done to an object that is there: Stripe's object knows whether it was done, and another call may have changed
 *   it since. A declined confirmation is tried again, a subscription paused a second time.
 * - What is made and costs nothing by itself, or is a secret for one use: customers, drafts, sessions, tokens.
 * - What asks nobody in particular for money: two guests' intents are two, however equal.
 *
 * What moves money, or commits somebody who is named, is not over: said again, it is the first one. `isNamed`: a payer, a
 * reference or a parameter that the policy includes says whose act it is. `params` are normalised.
 */
export function endsWithDelivery(operation: string, params: Params, isNamed: boolean): boolean {
  if (ADDING.has(operation)) return false;
  const action = operation.slice(operation.lastIndexOf(".") + 1);
  const kind = OPERATION_CLASSES.get(operation)?.class ?? "unpriceable";
  if (!action.startsWith("create") || kind === "free" || kind === "unpriceable") return true;
  if (PAGES.has(operation)) return true;
  return operation === "paymentIntents.create" && !isNamed && params.confirm !== "true";
}
