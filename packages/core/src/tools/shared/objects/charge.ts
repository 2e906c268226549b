import type { FormParams } from "../../../wire/form.ts";
import type { ObjectKind } from "../describe.ts";
import type { MockObject, SimulatedStripe } from "../simulated-stripe.ts";
import { FOREIGN, MOCK_CREATED, sentMetadata } from "./mock.ts";

export const CHARGE: ObjectKind = {
  object: "charge",
  fields: [
    "id",
    "object",
    "amount",
    "amount_captured",
    "amount_refunded",
    "captured",
    "created",
    "currency",
    "customer",
    "description",
    "disputed",
    "failure_code",
    "failure_message",
    "metadata",
    "paid",
    "payment_intent",
    "refunded",
    "status",
  ],
};

/** Succeeded and captured, as a test card would be. */
export function mockCharge(id: string, params: FormParams): MockObject {
  const { amount, currency, customer: payer = null, description = null } = params;
  return {
    id,
    object: "charge",
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    captured: true,
    created: MOCK_CREATED,
    currency,
    customer: payer,
    description,
    metadata: sentMetadata(params),
    paid: true,
    refunded: false,
    status: "succeeded",
  };
}

/** The run's own charge, or a plausible one of elsewhere. */
export function chargeOf(stripe: SimulatedStripe, id: string): MockObject {
  return stripe.find(id) ?? mockCharge(id, FOREIGN);
}
