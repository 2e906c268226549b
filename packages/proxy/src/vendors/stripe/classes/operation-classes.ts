/** The looked-at class of every write that Stripe has. A write that is not here has none and is refused. */
import { CATALOGUE } from "./catalogue.ts";
import { CUSTOMERS } from "./customers.ts";
import { INVOICING } from "./invoicing.ts";
import { MONEY_MANAGEMENT } from "./money-management.ts";
import type { ClassedOperation } from "./operation-class.ts";
import { OUTFLOWS } from "./outflows.ts";
import { PAYMENTS } from "./payments.ts";
import { PLATFORM } from "./platform.ts";
import { SUBSCRIPTIONS } from "./subscriptions.ts";
import { TERMINAL } from "./terminal.ts";
import { TEST_HELPERS } from "./test-helpers.ts";
import { TREASURY } from "./treasury.ts";

/** In the order of the tables; a name stands in one of them, once. */
export const CLASSED_OPERATIONS: readonly ClassedOperation[] = [
  ...PAYMENTS,
  ...CUSTOMERS,
  ...INVOICING,
  ...SUBSCRIPTIONS,
  ...CATALOGUE,
  ...OUTFLOWS,
  ...TREASURY,
  ...TERMINAL,
  ...PLATFORM,
  ...MONEY_MANAGEMENT,
  ...TEST_HELPERS,
];

/** By the operation's name; reads have no class. */
export const OPERATION_CLASSES: ReadonlyMap<string, ClassedOperation> = new Map(
  CLASSED_OPERATIONS.map((operation) => [operation.name, operation]),
);

/**
 * Whether the parameters of an operation are judged one by one: those that move money, and those that are free
 * with some parameters only.
 */
export function hasJudgedParameters(operation: ClassedOperation): boolean {
  const isMoney = operation.class !== "free" && operation.class !== "unpriceable";
  return isMoney || operation.freeParameters !== undefined;
}
