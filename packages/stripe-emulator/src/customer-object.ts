import type Stripe from "stripe";
import type { Context } from "./state.ts";

/** A customer with nothing set. `id` is given by seeds only. */
export function newCustomer(context: Context, id: string = context.makeId("customer")): Stripe.Customer {
  return {
    id,
    object: "customer",
    address: null,
    balance: 0,
    created: context.now,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
}
