import { z } from "zod";
import { percentEncode } from "../text.ts";
import { describeObject } from "./shared/describe.ts";
import { chargeId } from "./shared/fields.ts";
import { CHARGE, chargeOf } from "./shared/objects/charge.ts";
import { simulatedOk } from "./shared/simulated-stripe.ts";
import { readTool } from "./tool.ts";

export const retrieveCharge = readTool({
  title: "Retrieve charge",
  description: "Reads one charge: its amount, status and what was refunded of it. Changes nothing.",
  input: z.strictObject({ charge_id: chargeId }),
  operation: "charges.retrieve",
  permission: "Charges and Refunds",
  request: (input) => ({ path: `/charges/${percentEncode(input.charge_id)}` }),
  describe: (body) => describeObject(body, CHARGE),
  simulate: (stripe, { input }) => simulatedOk(chargeOf(stripe, input.charge_id)),
});
