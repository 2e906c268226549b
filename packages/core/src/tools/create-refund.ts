import { z } from "zod";
import type { FormParams } from "../wire/form.ts";
import { describeWrite, pendingNote } from "./shared/describe.ts";
import { amount, chargeId, reference } from "./shared/fields.ts";
import { chargeOf } from "./shared/objects/charge.ts";
import { MOCK_CREATED, sentMetadata } from "./shared/objects/mock.ts";
import { REFUND } from "./shared/objects/refund.ts";
import {
  type SimulatedAnswer,
  type SimulatedStripe,
  simulatedOk,
  simulatedRefusal,
} from "./shared/simulated-stripe.ts";
import { writeTool } from "./tool.ts";

/** Of what is left of the charge and no more, as Stripe does it. */
function simulateRefund(stripe: SimulatedStripe, id: string, params: FormParams): SimulatedAnswer {
  const charge = chargeOf(stripe, String(params.charge));
  const left = Number(charge.amount) - Number(charge.amount_refunded);
  if (left <= 0) {
    return simulatedRefusal("charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
  }
  const amountMinor = typeof params.amount === "number" ? params.amount : left;
  if (amountMinor > left) {
    const message = `Refund amount (${amountMinor}) is greater than unrefunded amount on charge (${left})`;
    return simulatedRefusal(null, message);
  }
  const refunded = Number(charge.amount_refunded) + amountMinor;
  stripe.change({ ...charge, amount_refunded: refunded, refunded: refunded === charge.amount });
  const refund = {
    id,
    object: "refund",
    amount: amountMinor,
    charge: charge.id,
    created: MOCK_CREATED,
    currency: charge.currency,
    metadata: sentMetadata(params),
    reason: params.reason ?? null,
    status: "succeeded",
  };
  return simulatedOk(stripe.make(refund));
}

export const createRefund = writeTool({
  title: "Create refund",
  description:
    "Refunds a charge, in part or (amount_cents null) all that is left of it. Calling again with the same arguments never refunds twice: it answers with the refund that was made. If it fails and says to stop, stop.",
  input: z.strictObject({
    charge_id: chargeId,
    amount_cents: amount.nullable().describe("Amount in the smallest unit. Null refunds all that is left."),
    reason: z
      .enum(["duplicate", "fraudulent", "requested_by_customer"])
      .nullable()
      .describe("Why, in Stripe's words. Null for none."),
    reference,
  }),
  operation: "refunds.create",
  permission: "Charges and Refunds",
  request: (input) => ({
    path: "/refunds",
    params: {
      charge: input.charge_id,
      amount: input.amount_cents,
      reason: input.reason,
      metadata: { reference: input.reference },
    },
  }),
  act: (input) => ({
    charge: input.charge_id,
    amount: input.amount_cents ?? "remainder",
    reference: input.reference,
  }),
  describe: (body, { input, replayed }) =>
    describeWrite(body, REFUND, ({ id, amount: formatted, status }) =>
      replayed
        ? `This refund had already been made: ${id}, ${formatted}, ${status}. Nothing was refunded again.${pendingNote(status, "refund")}`
        : `Refunded ${formatted} of ${input.charge_id}: ${id}, ${status}.${pendingNote(status, "refund")}`,
    ),
  simulate: (stripe, { params, act }) => stripe.once("re", act, (id) => simulateRefund(stripe, id, params)),
});
