import type Stripe from "stripe";
import { showBalanceTransaction } from "../balance-book.ts";
import { createdFilter, every, LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import type { ParameterSpec } from "../params.ts";
import type { Route } from "../route.ts";

const listParams = {
  ...LIST_PARAMS,
  created: "range",
  currency: "string",
  payout: "unsupported",
  source: "string",
  type: "string",
} as const satisfies Record<keyof Stripe.BalanceTransactionListParams, unknown> & ParameterSpec;

export const balanceTransactionRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/balance_transactions",
    operation: "balanceTransactions.list",
    permission: "rak_balance_transaction_read",
    params: listParams,
    returns: "list:balance_transaction",
    prepare: (input) => {
      const bounds = pageBounds(input);
      const currency = input.string("currency");
      const type = input.string("type");
      const source = input.string("source");
      const where = every<Stripe.BalanceTransaction>(
        createdFilter(input),
        currency === undefined ? undefined : (transaction) => transaction.currency === currency,
        type === undefined ? undefined : (transaction) => transaction.type === type,
      );
      return ({ state, now }) =>
        listPage(state.balanceTransactions, {
          ...bounds,
          where,
          index: source === undefined ? undefined : { name: "source", key: source },
          url: "/v1/balance_transactions",
          show: (transaction) => showBalanceTransaction(transaction, now),
        });
    },
  },
  {
    method: "GET",
    path: "/v1/balance_transactions/{id}",
    operation: "balanceTransactions.retrieve",
    permission: "rak_balance_transaction_read",
    params: { expand: "expand" },
    returns: "balance_transaction",
    prepare:
      (_input, id) =>
      ({ state, now }) =>
        showBalanceTransaction(state.balanceTransactions.need(id, "id"), now),
  },
];
