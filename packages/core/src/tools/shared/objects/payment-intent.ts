import type { FormParams } from "../../../wire/form.ts";
import type { ObjectKind } from "../describe.ts";
import type { MockObject } from "../simulated-stripe.ts";
import { MOCK_CREATED, sentMetadata } from "./mock.ts";

export const PAYMENT_INTENT: ObjectKind = {
  object: "payment_intent",
  fields: [
    "id",
    "object",
    "amount",
    "amount_capturable",
    "amount_received",
    "created",
    "currency",
    "customer",
    "description",
    "latest_charge",
    "metadata",
    "status",
  ],
};

/** Unconfirmed, as the tool makes it. */
export function mockPaymentIntent(id: string, params: FormParams): MockObject {
  const { amount, currency, customer: payer = null, description = null } = params;
  return {
    id,
    object: "payment_intent",
    amount,
    amount_received: 0,
    created: MOCK_CREATED,
    currency,
    customer: payer,
    description,
    metadata: sentMetadata(params),
    status: "requires_payment_method",
  };
}
