import { z } from "zod";
import { percentEncode } from "../text.ts";
import { describeObject } from "./shared/describe.ts";
import { paymentIntentId } from "./shared/fields.ts";
import { FOREIGN } from "./shared/objects/mock.ts";
import { mockPaymentIntent, PAYMENT_INTENT } from "./shared/objects/payment-intent.ts";
import { simulatedOk } from "./shared/simulated-stripe.ts";
import { readTool } from "./tool.ts";

export const retrievePaymentIntent = readTool({
  title: "Retrieve payment intent",
  description: "Reads one payment intent: its amount and status. Changes nothing.",
  input: z.strictObject({ payment_intent_id: paymentIntentId }),
  operation: "paymentIntents.retrieve",
  permission: "PaymentIntents",
  request: (input) => ({ path: `/payment_intents/${percentEncode(input.payment_intent_id)}` }),
  describe: (body) => describeObject(body, PAYMENT_INTENT),
  simulate: (stripe, { input: { payment_intent_id: id } }) =>
    simulatedOk(stripe.find(id) ?? mockPaymentIntent(id, FOREIGN)),
});
