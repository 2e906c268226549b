import { z } from "zod";
import type { FormParams } from "../../wire/form.ts";
import type { ActIdentity } from "../tool.ts";
import { amount, billingPeriod, currency, customerId, description, reference } from "./fields.ts";

/*
 * What charging by `create_charge` and by `create_payment_intent` have in common: the same input is the same
 * business act for both.
 */

/** Charging June by the one tool and again by the other is one act. */
export const PAYMENT_ACT = "payment";

const DEFAULT_CURRENCY = "usd";

export const paymentInput = z.strictObject({
  customer_id: customerId,
  amount_cents: amount,
  currency,
  description,
  billing_period: billingPeriod,
  reference,
});

type PaymentInput = z.infer<typeof paymentInput>;

export function paymentIdentity(input: PaymentInput): ActIdentity {
  return {
    customer: input.customer_id,
    amount: input.amount_cents,
    currency: input.currency ?? DEFAULT_CURRENCY,
    billing_period: input.billing_period,
    reference: input.reference,
  };
}

export function paymentParams(input: PaymentInput): FormParams {
  return {
    amount: input.amount_cents,
    currency: input.currency ?? DEFAULT_CURRENCY,
    customer: input.customer_id,
    description: input.description,
    metadata: { billing_period: input.billing_period, reference: input.reference },
  };
}
