import type Stripe from "stripe";
import { changeCustomerBalance } from "../billing/customer-balance.ts";
import { LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { newMetadata } from "../metadata.ts";
import { checkCurrency } from "../money.ts";
import type { Input, ParameterSpec } from "../params.ts";
import type { Route } from "../route.ts";
import type { Context } from "../state.ts";

const PATH = "/v1/customers/{id}/balance_transactions";

const createParams = {
  amount: "integer",
  currency: "string",
  description: "text",
  expand: "expand",
  metadata: "metadata",
} as const satisfies Record<keyof Stripe.CustomerCreateBalanceTransactionParams, unknown> & ParameterSpec;

function prepareCreate(input: Input, id: string): (context: Context) => Stripe.CustomerBalanceTransaction {
  const amountMinor = input.requiredInteger("amount");
  const currency = checkCurrency(input.requiredString("currency"));
  return (context) =>
    changeCustomerBalance(context, context.state.customers.need(id, "id"), {
      amountMinor,
      currency,
      type: "adjustment",
      description: input.text("description") ?? null,
      metadata: newMetadata(input.metadata()),
    });
}

const common = { returns: "customer_balance_transaction" } as const;

export const customerBalanceRoutes: readonly Route[] = [
  {
    ...common,
    method: "POST",
    path: PATH,
    operation: "customers.createBalanceTransaction",
    permission: "rak_customer_write",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    method: "GET",
    path: PATH,
    operation: "customers.listBalanceTransactions",
    permission: "rak_customer_read",
    params: LIST_PARAMS,
    returns: "list:customer_balance_transaction",
    prepare: (input, id) => {
      const bounds = pageBounds(input);
      const index = { name: "customer", key: id };
      const url = PATH.replace("{id}", id);
      return ({ state }) => listPage(state.customerBalanceTransactions, { ...bounds, index, url });
    },
  },
  {
    ...common,
    method: "GET",
    path: `${PATH}/{inner}`,
    operation: "customers.retrieveBalanceTransaction",
    permission: "rak_customer_read",
    params: { expand: "expand" },
    prepare:
      (_input, _id, innerId) =>
      ({ state }) =>
        state.customerBalanceTransactions.need(innerId, "id"),
  },
];
