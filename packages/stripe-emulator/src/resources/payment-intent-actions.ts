import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { cancelIntent, captureIntent, incrementIntent, unexpectedState } from "../intents.ts";
import { mergeMetadata } from "../metadata.ts";
import { checkChargeAmount, formatMinor } from "../money.ts";
import type { Input } from "../params.ts";
import type { Context } from "../state.ts";

export function prepareCapture(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  const asked = input.integer("amount_to_capture");
  if (asked !== undefined && asked < 1) {
    throw invalidRequest("This value must be greater than or equal to 1.", {
      param: "amount_to_capture",
      code: "parameter_invalid_integer",
    });
  }
  return (context) => {
    const intent = context.state.paymentIntents.need(id, "id");
    if (intent.status !== "requires_capture") {
      throw unexpectedState(
        `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
      );
    }
    const amount = asked ?? intent.amount_capturable;
    if (amount > intent.amount_capturable) {
      throw invalidRequest(
        `The remaining amount that can be captured for this PaymentIntent is ${formatMinor(intent.amount_capturable, intent.currency)}, less than the amount_to_capture.`,
        { param: "amount_to_capture", code: "amount_too_large" },
      );
    }
    intent.metadata = mergeMetadata(intent.metadata, input.metadata());
    intent.application_fee_amount = input.integer("application_fee_amount") ?? intent.application_fee_amount;
    captureIntent(context, intent, amount);
    return intent;
  };
}

export function prepareIncrement(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  const total = input.requiredInteger("amount");
  return (context) => {
    const intent = context.state.paymentIntents.need(id, "id");
    checkIncrementable(intent);
    checkChargeAmount(total, intent.currency);
    if (total <= intent.amount) {
      throw invalidRequest("The amount must be greater than the currently authorized amount.", {
        param: "amount",
      });
    }
    intent.metadata = mergeMetadata(intent.metadata, input.metadata());
    if (input.has("description")) intent.description = input.text("description") ?? null;
    intent.application_fee_amount = input.integer("application_fee_amount") ?? intent.application_fee_amount;
    incrementIntent(context, intent, total);
    return intent;
  };
}

function checkIncrementable(intent: Stripe.PaymentIntent): void {
  if (intent.status !== "requires_capture") {
    throw unexpectedState(
      `This PaymentIntent's authorization cannot be incremented because it has a status of ${intent.status}.`,
    );
  }
  if (intent.payment_method_options?.card?.request_incremental_authorization !== "if_available") {
    throw invalidRequest(
      "This PaymentIntent is not eligible for incremental authorization: set payment_method_options[card][request_incremental_authorization] to if_available when you confirm it.",
    );
  }
}

export function prepareCancel(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  return (context) => {
    const intent = context.state.paymentIntents.need(id, "id");
    if (intent.status === "succeeded" || intent.status === "canceled") {
      throw unexpectedState(
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
      );
    }
    cancelIntent(context, intent, input.string("cancellation_reason") ?? null);
    return intent;
  };
}
