import { describeWrite } from "./shared/describe.ts";
import { mockCustomer } from "./shared/objects/customer.ts";
import { mockPaymentIntent, PAYMENT_INTENT } from "./shared/objects/payment-intent.ts";
import { PAYMENT_ACT, paymentIdentity, paymentInput, paymentParams } from "./shared/payment.ts";
import { simulatedOk } from "./shared/simulated-stripe.ts";
import { writeTool } from "./tool.ts";

export const createPaymentIntent = writeTool({
  title: "Create payment intent",
  description:
    "Creates a payment intent that the customer confirms later; no money moves until then. Calling again with the same arguments answers with the same payment intent.",
  input: paymentInput,
  operation: "paymentIntents.create",
  permission: "PaymentIntents",
  request: (input) => ({
    path: "/payment_intents",
    params: { ...paymentParams(input), automatic_payment_methods: { enabled: true } },
  }),
  act: paymentIdentity,
  actName: PAYMENT_ACT,
  describe: (body, { input, replayed }) =>
    describeWrite(body, PAYMENT_INTENT, ({ id, amount, status }) =>
      replayed
        ? `This payment intent had already been created: ${id}, ${amount}, ${status}. Nothing new was created.`
        : `Created payment intent ${id} of ${amount} for ${input.customer_id}: ${status}. No money has moved yet.`,
    ),
  simulate: (stripe, { input, params, act }) =>
    stripe.once("pi", act, (id) => {
      const made = stripe.make(mockPaymentIntent(id, params));
      stripe.make(mockCustomer(input.customer_id));
      return simulatedOk(made);
    }),
});
