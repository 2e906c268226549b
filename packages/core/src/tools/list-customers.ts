import { z } from "zod";
import { customerId, limit, startingAfter } from "./shared/fields.ts";
import { describeList, pageParams } from "./shared/list.ts";
import { CUSTOMER } from "./shared/objects/customer.ts";
import { readTool } from "./tool.ts";

export const listCustomers = readTool({
  title: "List customers",
  description: "Lists customers, newest first, or those with one email address. Changes nothing.",
  input: z.strictObject({
    email: z
      .string()
      .min(3)
      .max(320)
      .nullable()
      .describe("Only customers with exactly this email. Null for all."),
    limit,
    starting_after: startingAfter(customerId),
  }),
  operation: "customers.list",
  permission: "Customers",
  request: (input) => ({ path: "/customers", params: { email: input.email, ...pageParams(input) } }),
  describe: (body) => describeList(body, CUSTOMER),
  simulate: (stripe, { input, params }) =>
    stripe.list("customer", params, ({ email }) => email === (input.email ?? email)),
});
