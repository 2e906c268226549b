import { z } from "zod";
import { percentEncode } from "../src/text.ts";
import { describeObject } from "../src/tools/shared/describe.ts";
import { refundId } from "../src/tools/shared/fields.ts";
import { REFUND } from "../src/tools/shared/objects/refund.ts";
import { simulatedOk, simulatedRefusal } from "../src/tools/shared/simulated-stripe.ts";
import { readTool } from "../src/tools/tool.ts";

export const retrieveRefund = readTool({
  title: "Retrieve refund",
  description: "Reads one refund: its amount and status. Changes nothing.",
  input: z.strictObject({ refund_id: refundId }),
  operation: "refunds.retrieve",
  permission: "Charges and Refunds",
  request: (input) => ({ path: `/refunds/${percentEncode(input.refund_id)}` }),
  describe: (body) => describeObject(body, REFUND),
  simulate: (stripe, { input }) => {
    const made = stripe.find(input.refund_id);
    return made === undefined
      ? simulatedRefusal("resource_missing", `No such refund: '${input.refund_id}'`)
      : simulatedOk(made);
  },
});
