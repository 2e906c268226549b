import { z } from "zod";
import { percentEncode } from "../text.ts";
import { describeObject } from "./shared/describe.ts";
import { customerId } from "./shared/fields.ts";
import { CUSTOMER, mockCustomer } from "./shared/objects/customer.ts";
import { simulatedOk } from "./shared/simulated-stripe.ts";
import { readTool } from "./tool.ts";

export const retrieveCustomer = readTool({
  title: "Retrieve customer",
  description: "Reads one customer. Changes nothing.",
  input: z.strictObject({ customer_id: customerId }),
  operation: "customers.retrieve",
  permission: "Customers",
  request: (input) => ({ path: `/customers/${percentEncode(input.customer_id)}` }),
  describe: (body) => describeObject(body, CUSTOMER),
  simulate: (_stripe, { input }) => simulatedOk(mockCustomer(input.customer_id)),
});
