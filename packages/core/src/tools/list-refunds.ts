import { z } from "zod";
import { chargeId, limit, refundId, startingAfter } from "./shared/fields.ts";
import { describeList, pageParams } from "./shared/list.ts";
import { REFUND } from "./shared/objects/refund.ts";
import { readTool } from "./tool.ts";

export const listRefunds = readTool({
  title: "List refunds",
  description: "Lists refunds, newest first, of one charge or of all. Changes nothing.",
  input: z.strictObject({
    charge_id: chargeId.nullable().describe("Only refunds of this charge (ch_…). Null for all."),
    limit,
    starting_after: startingAfter(refundId),
  }),
  operation: "refunds.list",
  permission: "Charges and Refunds",
  request: (input) => ({ path: "/refunds", params: { charge: input.charge_id, ...pageParams(input) } }),
  describe: (body) => describeList(body, REFUND),
  simulate: (stripe, { input, params }) =>
    stripe.list("refund", params, ({ charge }) => charge === (input.charge_id ?? charge)),
});
