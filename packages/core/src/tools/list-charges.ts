import { z } from "zod";
import { chargeId, customerId, limit, startingAfter } from "./shared/fields.ts";
import { describeList, pageParams } from "./shared/list.ts";
import { CHARGE } from "./shared/objects/charge.ts";
import { readTool } from "./tool.ts";

export const listCharges = readTool({
  title: "List charges",
  description: "Lists charges, newest first, of one customer or of all. Changes nothing.",
  input: z.strictObject({
    customer_id: customerId.nullable().describe("Only charges of this customer (cus_…). Null for all."),
    limit,
    starting_after: startingAfter(chargeId),
  }),
  operation: "charges.list",
  permission: "Charges and Refunds",
  request: (input) => ({
    path: "/charges",
    params: { customer: input.customer_id, ...pageParams(input) },
  }),
  describe: (body) => describeList(body, CHARGE),
  simulate: (stripe, { input, params }) =>
    stripe.list("charge", params, ({ customer }) => customer === (input.customer_id ?? customer)),
});
