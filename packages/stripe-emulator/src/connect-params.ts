import { type ConnectTerms, NOT_SHARED } from "./charge-object.ts";
import { needConnected } from "./connect.ts";
import { invalidRequest } from "./errors.ts";
import type { Input } from "./params.ts";
import type { Context } from "./state.ts";

/** `transfer_data[…]` of charges and payment intents. */
export const TRANSFER_DATA = { fields: { amount: "integer", destination: "string" } } as const;

/** Who shares in a payment that is asked for, checked against the accounts that there are. */
export function checkConnect(context: Context, input: Input): ConnectTerms {
  const transfer = input.fields("transfer_data");
  const onBehalfOf = input.text("on_behalf_of") ?? null;
  const applicationFeeMinor = input.integer("application_fee_amount") ?? null;
  if (!transfer && onBehalfOf === null && applicationFeeMinor === null) return NOT_SHARED;
  const destination = transfer ? transfer.requiredString("destination") : null;
  if (destination !== null) needConnected(context, destination, "transfer_data[destination]");
  if (onBehalfOf !== null) needConnected(context, onBehalfOf, "on_behalf_of");
  if (applicationFeeMinor !== null && destination === null && context.state === context.platform) {
    throw invalidRequest(
      "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
      { param: "application_fee_amount" },
    );
  }
  const transferMinor = transfer?.integer("amount") ?? null;
  const amountMinor = input.integer("amount");
  checkShares({ applicationFeeMinor, transferMinor, amountMinor });
  return { applicationFeeMinor, destination, transferMinor, onBehalfOf };
}

function checkShares(shares: {
  readonly applicationFeeMinor: number | null;
  readonly transferMinor: number | null;
  readonly amountMinor: number | undefined;
}): void {
  const { applicationFeeMinor, transferMinor, amountMinor = Infinity } = shares;
  if (applicationFeeMinor !== null && transferMinor !== null) {
    throw invalidRequest(
      "You may only specify one of these parameters: application_fee_amount, transfer_data[amount].",
      {
        param: "application_fee_amount",
        code: "parameters_exclusive",
      },
    );
  }
  if (Math.max(applicationFeeMinor ?? 0, transferMinor ?? 0) > amountMinor) {
    const param = transferMinor === null ? "application_fee_amount" : "transfer_data[amount]";
    throw invalidRequest(`Invalid ${param}: it must not be greater than the amount of the payment.`, {
      param,
    });
  }
}
