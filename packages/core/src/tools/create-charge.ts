import { describeWrite, pendingNote } from "./shared/describe.ts";
import { CHARGE, mockCharge } from "./shared/objects/charge.ts";
import { mockCustomer } from "./shared/objects/customer.ts";
import { PAYMENT_ACT, paymentIdentity, paymentInput, paymentParams } from "./shared/payment.ts";
import { simulatedOk } from "./shared/simulated-stripe.ts";
import { writeTool } from "./tool.ts";

export const createCharge = writeTool({
  title: "Create charge",
  description:
    "Charges an existing customer once, in the amount given. Calling again with the same arguments never charges twice: it answers with the charge that was made. Look for an existing charge first when unsure. If it fails and says to stop, stop.",
  input: paymentInput,
  operation: "charges.create",
  permission: "Charges and Refunds",
  request: (input) => ({ path: "/charges", params: paymentParams(input) }),
  act: paymentIdentity,
  actName: PAYMENT_ACT,
  describe: (body, { input, replayed }) =>
    describeWrite(body, CHARGE, ({ id, amount, status }) =>
      replayed
        ? `This charge had already been made: ${id}, ${amount}, ${status}. Nothing was charged again.${pendingNote(status, "charge")}`
        : `Charged ${amount} to ${input.customer_id}: ${id}, ${status}.${pendingNote(status, "charge")}`,
    ),
  simulate: (stripe, { input, params, act }) =>
    stripe.once("ch", act, (id) => {
      const made = stripe.make(mockCharge(id, params));
      stripe.make(mockCustomer(input.customer_id));
      return simulatedOk(made);
    }),
});
