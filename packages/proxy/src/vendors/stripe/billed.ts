/** What Stripe's billing objects say about who collects them, and with what on top. */

type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The entries of a list of Stripe's; null when it is none, or when there are more on another page. */
export function entriesOf(value: unknown): readonly unknown[] | null {
  const { data, has_more: more } = fieldsOf(value);
  return Array.isArray(data) && more !== true ? data : null;
}

export const isEmptyList = (value: unknown): boolean =>
  value == null || (Array.isArray(value) && value.length === 0);

/** Whether an invoice or a subscription puts taxes on what has none of its own. */
export function isTaxed(billed: unknown): boolean {
  const { default_tax_rates: taxes, automatic_tax: tax } = fieldsOf(billed);
  return !isEmptyList(taxes) || fieldsOf(tax).enabled === true;
}

/** Whether an invoice is a draft that stays one until a call finalises it, which is priced then. */
export function waitsForCall({ status, auto_advance, automatically_finalizes_at: at }: Fields): boolean {
  return status === "draft" && auto_advance === false && at == null;
}
