import type Stripe from "stripe";
import { makeTransfer, needConnected, reverseTransfer } from "../connect.ts";
import { invalidRequest } from "../errors.ts";
import { LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkCurrency } from "../money.ts";
import type { Input, ParameterSpec } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const createParams = {
  amount: "integer",
  currency: "string",
  description: "text",
  destination: "string",
  expand: "expand",
  metadata: "metadata",
  source_transaction: "string",
  source_type: ["card"],
  transfer_group: "text",
} as const satisfies Record<keyof Stripe.TransferCreateParams, unknown> & ParameterSpec;

const reversalParams = {
  amount: "integer",
  description: "text",
  expand: "expand",
  metadata: "metadata",
  refund_application_fee: "unsupported",
} as const satisfies Record<keyof Stripe.TransferCreateReversalParams, unknown> & ParameterSpec;

/** Throws Stripe's 400 when an account has not as much available. */
export function checkAvailable(context: Context, amountMinor: number, currency: string): void {
  const balance = context.state.books.balances(context.now).find((each) => each.currency === currency);
  if ((balance?.available ?? 0) >= amountMinor) return;
  throw invalidRequest(
    "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card.",
    { code: "balance_insufficient" },
  );
}

/** A charge's money can be handed on while it is pending, up to what the charge took. */
function checkSource(context: Context, charge: Stripe.Charge, amountMinor: number): void {
  let used = 0;
  for (const transfer of context.state.transfers.values()) {
    if (idOf(transfer.source_transaction) === charge.id) used += transfer.amount - transfer.amount_reversed;
  }
  if (charge.captured && used + amountMinor <= charge.amount_captured) return;
  throw invalidRequest("Transfers using this transaction as a source must not exceed its amount.", {
    param: "amount",
  });
}

function positive(amount: number | undefined, param: string): void {
  if (amount === undefined || amount > 0) return;
  throw invalidRequest("Invalid positive integer", { param, code: "parameter_invalid_integer" });
}

function prepareCreate(input: Input): (context: Context) => Stripe.Transfer {
  const currency = checkCurrency(input.requiredString("currency"));
  const destination = input.requiredString("destination");
  const sourceId = input.string("source_transaction") ?? null;
  const amount = sourceId === null ? input.requiredInteger("amount") : input.integer("amount");
  positive(amount, "amount");
  return (context) => {
    needConnected(context, destination, "destination");
    const source = sourceId === null ? null : context.state.charges.need(sourceId, "source_transaction");
    const amountMinor = amount ?? source?.amount_captured ?? 0;
    if (source === null) checkAvailable(context, amountMinor, currency);
    else checkSource(context, source, amountMinor);
    return makeTransfer(context, {
      amountMinor,
      applicationFeeMinor: 0,
      currency,
      destination,
      description: input.text("description") ?? null,
      metadata: newMetadata(input.metadata()),
      sourceCharge: sourceId,
      transferGroup: input.text("transfer_group") ?? source?.transfer_group ?? null,
    });
  };
}

function prepareReverse(input: Input, id: string): (context: Context) => Stripe.TransferReversal {
  const amount = input.integer("amount");
  positive(amount, "amount");
  return (context) => {
    const transfer = context.state.transfers.need(id, "id");
    const amountMinor = amount ?? transfer.amount - transfer.amount_reversed;
    if (amountMinor === 0) throw invalidRequest(`Transfer ${id} is already fully reversed.`);
    return reverseTransfer(context, transfer, {
      amountMinor,
      metadata: newMetadata(input.metadata()),
      sourceRefund: null,
      description: input.text("description") ?? null,
    });
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.Transfer {
  return ({ state }) => {
    const transfer = state.transfers.need(id, "id");
    transfer.metadata = mergeMetadata(transfer.metadata, input.metadata());
    if (input.has("description")) transfer.description = input.text("description") ?? null;
    return transfer;
  };
}

const write = { method: "POST", permission: "rak_transfer_write" } as const;

export const transferRoutes: readonly Route[] = [
  ...readRoutes<Stripe.Transfer>({
    path: "/v1/transfers",
    name: "transfers",
    permission: "rak_transfer_read",
    returns: "transfer",
    collection: ({ transfers }) => transfers,
    filters: { created: "range", destination: "string", transfer_group: "string" },
    where: (input) => [
      equals(input, "destination", (transfer: Stripe.Transfer) => idOf(transfer.destination)),
      equals(input, "transfer_group", (transfer: Stripe.Transfer) => transfer.transfer_group),
    ],
  }),
  {
    ...write,
    path: "/v1/transfers",
    operation: "transfers.create",
    params: createParams,
    returns: "transfer",
    prepare: prepareCreate,
  },
  {
    ...write,
    path: "/v1/transfers/{id}",
    operation: "transfers.update",
    params: { description: "text", expand: "expand", metadata: "metadata" },
    returns: "transfer",
    prepare: prepareUpdate,
  },
  {
    ...write,
    path: "/v1/transfers/{id}/reversals",
    operation: "transfers.createReversal",
    params: reversalParams,
    returns: "transfer_reversal",
    prepare: prepareReverse,
  },
  {
    method: "GET",
    path: "/v1/transfers/{id}/reversals",
    operation: "transfers.listReversals",
    permission: "rak_transfer_read",
    params: LIST_PARAMS,
    returns: "list:transfer_reversal",
    prepare: (input, id) => {
      const bounds = pageBounds(input);
      const index = { name: "transfer", key: id };
      const url = `/v1/transfers/${id}/reversals`;
      return ({ state }) => listPage(state.transferReversals, { ...bounds, index, url });
    },
  },
  {
    method: "GET",
    path: "/v1/transfers/{id}/reversals/{inner}",
    operation: "transfers.retrieveReversal",
    permission: "rak_transfer_read",
    params: { expand: "expand" },
    returns: "transfer_reversal",
    prepare:
      (_input, _id, innerId) =>
      ({ state }) =>
        state.transferReversals.need(innerId, "id"),
  },
];
