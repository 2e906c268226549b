/** Invoices, what stands on them, credit notes and quotes. */
import { type ClassedOperation, free, freeWith, gives, opens, priced } from "./operation-class.ts";

const DRAFT =
  "account_tax_ids application_fee_amount auto_advance automatic_tax collection_method custom_fields days_until_due " +
  "default_payment_method default_source default_tax_rates description due_date effective_at expand footer issuer " +
  "metadata number on_behalf_of payment_settings rendering shipping_cost shipping_details statement_descriptor " +
  "transfer_data";

const PLAIN_LINES = "refused when an amount is not plain (tiers, taxes, decimals)";

export const INVOICING: readonly ClassedOperation[] = [
  ...freeWith(
    "invoices",
    ["create"],
    `${DRAFT} currency customer customer_account pending_invoice_items_behavior subscription`,
    "A draft that does not advance by itself commits nobody. `discounts` give money away, `from_invoice` voids " +
      "the invoice that it revises, `automatically_finalizes_at` collects without another call",
  ),
  ...freeWith(
    "invoices",
    ["update"],
    DRAFT,
    "While it is a draft that does not advance by itself; words alone at any time. `discounts` give money away, " +
      "`automatically_finalizes_at` collects without another call",
  ),
  ...gives(
    "invoices",
    ["del"],
    "the draft's `total`, looked up: what its items counted is no longer asked for",
  ),
  ...free("invoices", ["createPreview"], "Nothing is stored"),
  ...priced(
    "invoices",
    ["finalizeInvoice", "sendInvoice"],
    "`amount_due`, looked up, less what was counted for the invoice; refused while a draft's automatic tax is open",
  ),
  ...priced(
    "invoices",
    ["pay"],
    "`amount_remaining`, looked up, less what was counted; refused on a draft, whose amount is not final",
  ),
  ...gives("invoices", ["voidInvoice", "markUncollectible"], "`amount_remaining`, looked up: it is forgiven"),
  ...gives(
    "invoices",
    ["attachPayment"],
    "`amount_remaining`, looked up: a payment made for something else, or reported by hand, settles it",
  ),
  ...priced(
    "invoices",
    ["addLines", "updateLines", "updateLineItem"],
    `what the lines ask for, as for an invoice item; ${PLAIN_LINES}`,
  ),
  ...gives("invoices", ["removeLines"], "the amounts of the lines, looked up, without their signs"),

  ...priced(
    "invoiceItems",
    ["create"],
    `\`amount\` without its sign, or plain price × quantity; ${PLAIN_LINES}; refused where a subscription or an ` +
      "advancing draft collects it with taxes on top",
  ),
  ...priced(
    "invoiceItems",
    ["update"],
    "a new `amount` less what was counted for the item, where a new one would pass; words are free; other changes are " +
      "refused",
  ),
  ...gives(
    "invoiceItems",
    ["del"],
    "the item's `amount`, looked up, without its sign: a debt is forgiven, or a credit taken back",
  ),

  ...gives(
    "creditNotes",
    ["create"],
    "`amount`, or `refund_amount` + `credit_amount` + `out_of_band_amount` where they are more; in the invoice's " +
      "currency",
  ),
  ...free("creditNotes", ["update"]),
  ...priced("creditNotes", ["voidCreditNote"], "the note's `amount`, looked up: the customer owes it again"),
  ...free("invoiceRenderingTemplates", ["archive", "unarchive"]),

  ...free(
    "quotes",
    ["create", "update", "finalizeQuote"],
    "Commits nobody until it is accepted, which is a call",
  ),
  ...free("quotes", ["cancel"], "Nothing was owed"),
  ...opens(
    "quotes",
    ["accept"],
    "`computed.upfront.amount_total` and one period of `computed.recurring`, looked up",
  ),
];
