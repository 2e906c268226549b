import type Stripe from "stripe";
import { refundApplicationFee } from "../connect.ts";
import { invalidRequest } from "../errors.ts";
import { LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { newMetadata } from "../metadata.ts";
import type { Input, ParameterSpec } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const refundParams = {
  amount: "integer",
  expand: "expand",
  metadata: "metadata",
} as const satisfies Record<keyof Stripe.ApplicationFeeCreateRefundParams, unknown> & ParameterSpec;

function prepareRefund(input: Input, id: string): (context: Context) => Stripe.FeeRefund {
  const amount = input.integer("amount");
  if (amount !== undefined && amount < 1) {
    throw invalidRequest("Invalid positive integer", { param: "amount", code: "parameter_invalid_integer" });
  }
  return (context) => {
    const fee = context.platform.applicationFees.need(id, "id");
    if (fee.refunded) {
      throw invalidRequest(`Application fee ${id} has already been refunded.`, {
        code: "charge_already_refunded",
      });
    }
    return refundApplicationFee(context, fee, {
      amountMinor: amount ?? fee.amount - fee.amount_refunded,
      metadata: newMetadata(input.metadata()),
    });
  };
}

export const applicationFeeRoutes: readonly Route[] = [
  ...readRoutes<Stripe.ApplicationFee>({
    path: "/v1/application_fees",
    name: "applicationFees",
    permission: "rak_application_fee_read",
    returns: "application_fee",
    collection: ({ applicationFees }) => applicationFees,
    filters: { charge: "string", created: "range" },
    where: (input) => [equals(input, "charge", (fee: Stripe.ApplicationFee) => idOf(fee.charge))],
  }),
  {
    method: "POST",
    path: "/v1/application_fees/{id}/refunds",
    operation: "applicationFees.createRefund",
    permission: "rak_application_fee_write",
    params: refundParams,
    returns: "fee_refund",
    prepare: prepareRefund,
  },
  {
    method: "GET",
    path: "/v1/application_fees/{id}/refunds",
    operation: "applicationFees.listRefunds",
    permission: "rak_application_fee_read",
    params: LIST_PARAMS,
    returns: "list:fee_refund",
    prepare: (input, id) => {
      const bounds = pageBounds(input);
      const index = { name: "fee", key: id };
      const url = `/v1/application_fees/${id}/refunds`;
      return ({ platform }) => listPage(platform.feeRefunds, { ...bounds, index, url });
    },
  },
];
