import type Stripe from "stripe";
import type { Route } from "../route.ts";

export const balanceRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/balance",
    operation: "balance.retrieve",
    permission: "rak_balance_read",
    params: { expand: "expand" },
    returns: "balance",
    prepare:
      () =>
      ({ state, now }): Stripe.Balance => {
        const balances = state.books.balances(now);
        // An account that never moved money shows zero in its own currency.
        if (balances.length === 0) balances.push({ currency: "usd", available: 0, pending: 0 });
        return {
          object: "balance",
          available: balances.map(({ currency, available }) => ({
            amount: available,
            currency,
            source_types: { card: available },
          })),
          connect_reserved: balances.map(({ currency }) => ({ amount: 0, currency })),
          livemode: false,
          pending: balances.map(({ currency, pending }) => ({
            amount: pending,
            currency,
            source_types: { card: pending },
          })),
        };
      },
  },
];
