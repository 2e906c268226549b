import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createdFilter, every, LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { newMetadata } from "../metadata.ts";
import { formatMinor } from "../money.ts";
import type { Input, ParameterSpec } from "../params.ts";
import { createRefund } from "../refunding.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const createParams = {
  amount: "integer",
  charge: "string",
  currency: "unsupported",
  customer: "unsupported",
  expand: "expand",
  instructions_email: "string",
  metadata: "metadata",
  origin: "unsupported",
  payment_intent: "string",
  reason: ["duplicate", "fraudulent", "requested_by_customer"],
  refund_application_fee: "boolean",
  reverse_transfer: "boolean",
} as const satisfies Record<keyof Stripe.RefundCreateParams, unknown> & ParameterSpec;

const listParams = {
  ...LIST_PARAMS,
  charge: "string",
  created: "range",
  payment_intent: "string",
} as const satisfies Record<keyof Stripe.RefundListParams, unknown> & ParameterSpec;

/** The charge that a request means; with both parameters they must belong together. */
function needCharge(context: Context, input: Input): Stripe.Charge {
  const { charges, paymentIntents } = context.state;
  const chargeId = input.string("charge");
  const intentId = input.string("payment_intent");
  if (intentId === undefined) return charges.need(chargeId ?? "", "charge");
  const intent = paymentIntents.need(intentId, "payment_intent");
  const latest = idOf(intent.latest_charge);
  const charge = latest === null ? undefined : charges.get(latest);
  if (charge === undefined || charge.status !== "succeeded") {
    throw invalidRequest(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, {
      param: "payment_intent",
    });
  }
  if (chargeId !== undefined && chargeId !== charge.id) {
    throw invalidRequest(`Charge ${chargeId} does not belong to PaymentIntent ${intentId}.`, {
      param: "charge",
    });
  }
  return charge;
}

function checkRefundable(charge: Stripe.Charge, amount: number | undefined): number {
  const remaining = charge.amount - charge.amount_refunded;
  if (charge.status !== "succeeded") {
    throw invalidRequest(`Charge ${charge.id} did not succeed and cannot be refunded.`, { param: "charge" });
  }
  if (charge.refunded || remaining === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: "charge_already_refunded",
    });
  }
  if (charge.disputed) {
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: "charge_disputed",
    });
  }
  const intent = idOf(charge.payment_intent);
  if (!charge.captured && intent !== null) {
    throw invalidRequest(
      `This PaymentIntent (${intent}) has not been captured, so there is nothing to refund. Cancel it instead.`,
      { code: "payment_intent_unexpected_state" },
    );
  }
  if (!charge.captured && amount !== undefined && amount < remaining) {
    throw invalidRequest(
      "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount",
      { param: "amount" },
    );
  }
  if (amount !== undefined && amount > remaining) {
    throw invalidRequest(
      `Refund amount (${formatMinor(amount, charge.currency)}) is greater than unrefunded amount on charge (${formatMinor(remaining, charge.currency)})`,
      { param: "amount" },
    );
  }
  return amount ?? remaining;
}

function checkShares(charge: Stripe.Charge, input: Input): void {
  if (input.boolean("reverse_transfer") && !charge.transfer) {
    throw invalidRequest(
      `Cannot reverse transfer on charge ${charge.id} because it does not have an associated transfer.`,
      {
        param: "reverse_transfer",
      },
    );
  }
  if (input.boolean("refund_application_fee") && charge.application_fee === null) {
    throw invalidRequest(
      `Cannot refund application fee on charge ${charge.id} because it does not have one.`,
      {
        param: "refund_application_fee",
      },
    );
  }
}

function prepareCreate(input: Input): (context: Context) => Stripe.Refund {
  const amount = input.integer("amount");
  if (amount !== undefined && amount < 1) {
    throw invalidRequest("Invalid positive integer", {
      param: "amount",
      code: "parameter_invalid_integer",
    });
  }
  if (!input.has("charge") && !input.has("payment_intent")) {
    throw invalidRequest(
      "One of the following params should be provided for this request: payment_intent or charge.",
      {
        code: "parameter_missing",
      },
    );
  }
  return (context) => {
    const charge = needCharge(context, input);
    checkShares(charge, input);
    return createRefund(context, {
      charge,
      amountMinor: checkRefundable(charge, amount),
      reason: input.string("reason") ?? null,
      metadata: newMetadata(input.metadata()),
      refundApplicationFee: input.boolean("refund_application_fee") ?? false,
      reverseTransfer: input.boolean("reverse_transfer") ?? false,
    });
  };
}

function prepareList(input: Input): (context: Context) => object {
  const bounds = pageBounds(input);
  const charge = input.string("charge");
  const intent = input.string("payment_intent");
  const where = every<Stripe.Refund>(
    createdFilter(input),
    // With both filters the index narrows by charge.
    charge === undefined || intent === undefined ? undefined : (refund) => refund.payment_intent === intent,
  );
  return ({ state }) => {
    if (charge !== undefined) state.charges.need(charge, "charge");
    const index =
      charge !== undefined
        ? { name: "charge", key: charge }
        : intent !== undefined
          ? { name: "payment_intent", key: intent }
          : undefined;
    return listPage(state.refunds, { ...bounds, where, index, url: "/v1/refunds" });
  };
}

export const refundRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/refunds",
    operation: "refunds.create",
    permission: "rak_charge_write",
    params: createParams,
    returns: "refund",
    prepare: prepareCreate,
  },
  {
    method: "GET",
    path: "/v1/refunds",
    operation: "refunds.list",
    permission: "rak_charge_read",
    params: listParams,
    returns: "list:refund",
    prepare: prepareList,
  },
  {
    method: "GET",
    path: "/v1/refunds/{id}",
    operation: "refunds.retrieve",
    permission: "rak_charge_read",
    params: { expand: "expand" },
    returns: "refund",
    prepare:
      (_input, id) =>
      ({ state }) =>
        state.refunds.need(id, "id"),
  },
];
