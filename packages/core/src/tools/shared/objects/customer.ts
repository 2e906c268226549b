import type { ObjectKind } from "../describe.ts";
import type { MockObject } from "../simulated-stripe.ts";
import { MOCK_CREATED } from "./mock.ts";

export const CUSTOMER: ObjectKind = {
  object: "customer",
  fields: [
    "id",
    "object",
    "balance",
    "created",
    "currency",
    "deleted",
    "delinquent",
    "description",
    "email",
    "metadata",
    "name",
  ],
};

/** The same for everybody who asks for this id. */
export function mockCustomer(id: string): MockObject {
  const name = id.replace(/^cus_/, "");
  return {
    id,
    object: "customer",
    balance: 0,
    created: MOCK_CREATED,
    currency: "usd",
    delinquent: false,
    description: null,
    email: `${name.toLowerCase()}@example.com`,
    metadata: {},
    name: `Customer ${name}`,
  };
}
