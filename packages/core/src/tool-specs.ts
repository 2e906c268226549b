import { checkExistingCharge } from "./existing-charge.ts";
import {
  listCharges,
  listCustomers,
  listRefunds,
  retrieveBalance,
  retrieveCharge,
  retrieveCustomer,
  retrievePaymentIntent,
} from "./read-tools.ts";
import type { ToolName } from "./roles.ts";
import type { ToolSpec } from "./tool-spec.ts";
import { createCharge, createPaymentIntent, createRefund } from "./write-tools.ts";

/** Every tool, under its name. */
export const TOOL_SPECS: { readonly [N in ToolName]: ToolSpec<N> } = {
  create_charge: createCharge,
  create_payment_intent: createPaymentIntent,
  create_refund: createRefund,
  check_existing_charge: checkExistingCharge,
  retrieve_charge: retrieveCharge,
  list_charges: listCharges,
  retrieve_payment_intent: retrievePaymentIntent,
  list_refunds: listRefunds,
  retrieve_customer: retrieveCustomer,
  list_customers: listCustomers,
  retrieve_balance: retrieveBalance,
};
