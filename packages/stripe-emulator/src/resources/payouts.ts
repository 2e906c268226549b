import type Stripe from "stripe";
import { book } from "../balance-book.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkCurrency } from "../money.ts";
import { type Input, type ParameterSpec, unsupported } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import type { Context } from "../state.ts";
import { checkAvailable } from "./transfers.ts";

const ARRIVES_AFTER_SECONDS = 2 * 24 * 60 * 60;

const createParams = {
  ...unsupported("destination", "payout_method"),
  amount: "integer",
  currency: "string",
  description: "text",
  expand: "expand",
  metadata: "metadata",
  method: ["instant", "standard"],
  source_type: ["card"],
  statement_descriptor: "text",
} as const satisfies Record<keyof Stripe.PayoutCreateParams, unknown> & ParameterSpec;

function newPayout(context: Context, input: Input, amount: number, currency: string): Stripe.Payout {
  const id = context.makeId("payout");
  const description = input.text("description") ?? null;
  return {
    id,
    object: "payout",
    amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: context.now + ARRIVES_AFTER_SECONDS,
    automatic: false,
    balance_transaction: book(context, {
      amountMinor: -amount,
      feeMinor: 0,
      currency,
      description,
      source: id,
      type: "payout",
      atOnce: true,
    }),
    created: context.now,
    currency,
    description,
    destination: null,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: newMetadata(input.metadata()),
    method: input.string("method") ?? "standard",
    original_payout: null,
    payout_method: null,
    reconciliation_status: "not_applicable",
    reversed_by: null,
    source_type: "card",
    statement_descriptor: input.text("statement_descriptor") ?? null,
    status: "pending",
    trace_id: null,
    type: "bank_account",
  };
}

function prepareCreate(input: Input): (context: Context) => Stripe.Payout {
  const amount = input.requiredInteger("amount");
  const currency = checkCurrency(input.requiredString("currency"));
  if (amount < 1) throw invalidRequest("Invalid positive integer", { param: "amount" });
  return (context) => {
    checkAvailable(context, amount, currency);
    const payout = newPayout(context, input, amount, currency);
    context.state.payouts.add(payout);
    recordEvent(context, "payout.created", payout);
    context.later(payout.arrival_date, (then) => {
      if (payout.status !== "pending") return;
      payout.status = "paid";
      recordEvent(then, "payout.paid", payout);
    });
    return payout;
  };
}

function prepareCancel(_input: Input, id: string): (context: Context) => Stripe.Payout {
  return (context) => {
    const payout = context.state.payouts.need(id, "id");
    if (payout.status !== "pending") {
      throw invalidRequest(`Payouts with a status of ${payout.status} cannot be canceled.`);
    }
    const { amount: amountMinor, currency } = payout;
    const movement = { amountMinor, currency, feeMinor: 0, description: null, source: id } as const;
    payout.failure_balance_transaction = book(context, { ...movement, type: "payout_cancel", atOnce: true });
    payout.status = "canceled";
    recordEvent(context, "payout.canceled", payout);
    return payout;
  };
}

const write = { method: "POST", permission: "rak_payout_write", returns: "payout" } as const;

export const payoutRoutes: readonly Route[] = [
  ...readRoutes<Stripe.Payout>({
    path: "/v1/payouts",
    name: "payouts",
    permission: "rak_payout_read",
    returns: "payout",
    collection: ({ payouts }) => payouts,
    filters: { created: "range", status: "string" },
    where: (input) => [equals(input, "status", (payout: Stripe.Payout) => payout.status)],
  }),
  {
    ...write,
    path: "/v1/payouts",
    operation: "payouts.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    path: "/v1/payouts/{id}",
    operation: "payouts.update",
    params: { expand: "expand", metadata: "metadata" },
    prepare:
      (input, id) =>
      ({ state }) => {
        const payout = state.payouts.need(id, "id");
        payout.metadata = mergeMetadata(payout.metadata ?? {}, input.metadata());
        return payout;
      },
  },
  {
    ...write,
    path: "/v1/payouts/{id}/cancel",
    operation: "payouts.cancel",
    params: { expand: "expand" },
    prepare: prepareCancel,
  },
];
