import type Stripe from "stripe";
import { newPaymentLink } from "../billing/session-object.ts";
import { needConnected } from "../connect.ts";
import { TRANSFER_DATA } from "../connect-params.ts";
import { LIST_PARAMS } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import type { Input, ParameterSpec } from "../params.ts";
import { readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import type { Context } from "../state.ts";
import { LINE_ITEM, readLineItems } from "./checkout-sessions.ts";
import { AUTOMATIC_TAX } from "./invoice-params.ts";

const RESTRICTIONS = { fields: { completed_sessions: { fields: { limit: "integer" } } } } as const;

/** What the emulator has of Stripe's links; every other parameter is unknown here. */
const createParams = {
  allow_promotion_codes: "boolean",
  application_fee_amount: "integer",
  automatic_tax: AUTOMATIC_TAX,
  expand: "expand",
  line_items: { each: LINE_ITEM },
  metadata: "metadata",
  on_behalf_of: "string",
  restrictions: RESTRICTIONS,
  transfer_data: TRANSFER_DATA,
} as const satisfies Partial<Record<keyof Stripe.PaymentLinkCreateParams, unknown>> & ParameterSpec;

const updateParams = {
  active: "boolean",
  allow_promotion_codes: "boolean",
  expand: "expand",
  line_items: { each: { id: "string", quantity: "integer" } },
  metadata: "metadata",
  restrictions: RESTRICTIONS,
} as const satisfies Partial<Record<keyof Stripe.PaymentLinkUpdateParams, unknown>> & ParameterSpec;

function readRestrictions(input: Input): Stripe.PaymentLink.Restrictions | null {
  const limit = input.fields("restrictions")?.fields("completed_sessions")?.integer("limit");
  return limit === undefined ? null : { completed_sessions: { count: 0, limit } };
}

function prepareCreate(input: Input): (context: Context) => Stripe.PaymentLink {
  return (context) => {
    const { state } = context;
    const items = readLineItems(context, input.each("line_items"));
    const transfer = input.fields("transfer_data");
    const destination = transfer ? transfer.requiredString("destination") : null;
    if (destination !== null) needConnected(context, destination, "transfer_data[destination]");
    const link = newPaymentLink(context, {
      allow_promotion_codes: input.boolean("allow_promotion_codes") ?? false,
      application_fee_amount: input.integer("application_fee_amount") ?? null,
      currency: items[0]?.currency ?? "usd",
      metadata: newMetadata(input.metadata()),
      on_behalf_of: input.string("on_behalf_of") ?? null,
      restrictions: readRestrictions(input),
      transfer_data:
        destination === null ? null : { amount: transfer?.integer("amount") ?? null, destination },
    });
    link.automatic_tax.enabled = input.fields("automatic_tax")?.boolean("enabled") ?? false;
    state.paymentLinks.add(link);
    state.lineItems.set(link.id, items);
    return link;
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.PaymentLink {
  return ({ state }) => {
    const link = state.paymentLinks.need(id, "id");
    for (const change of input.each("line_items") ?? []) {
      const item = state.lineItems.get(id)?.find((each) => each.id === change.string("id"));
      if (item === undefined) continue;
      item.quantity = change.integer("quantity") ?? item.quantity;
      item.amount_subtotal = (item.price?.unit_amount ?? 0) * (item.quantity ?? 1);
      item.amount_total = item.amount_subtotal;
    }
    link.active = input.boolean("active") ?? link.active;
    link.allow_promotion_codes = input.boolean("allow_promotion_codes") ?? link.allow_promotion_codes;
    link.metadata = mergeMetadata(link.metadata, input.metadata());
    if (input.has("restrictions")) link.restrictions = readRestrictions(input);
    return link;
  };
}

const PATH = "/v1/payment_links";
const write = { method: "POST", permission: "rak_payment_links_write", returns: "payment_link" } as const;

export const paymentLinkRoutes: readonly Route[] = [
  ...readRoutes<Stripe.PaymentLink>({
    path: PATH,
    name: "paymentLinks",
    permission: "rak_payment_links_read",
    returns: "payment_link",
    collection: ({ paymentLinks }) => paymentLinks,
  }),
  { ...write, path: PATH, operation: "paymentLinks.create", params: createParams, prepare: prepareCreate },
  {
    ...write,
    path: `${PATH}/{id}`,
    operation: "paymentLinks.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    method: "GET",
    path: `${PATH}/{id}/line_items`,
    operation: "paymentLinks.listLineItems",
    permission: "rak_payment_links_read",
    params: LIST_PARAMS,
    returns: "list:line_item",
    prepare:
      (_input, id) =>
      ({ state }) => {
        state.paymentLinks.need(id, "id");
        const data = state.lineItems.get(id) ?? [];
        return { object: "list", data, has_more: false, url: `${PATH}/${id}/line_items` };
      },
  },
];
