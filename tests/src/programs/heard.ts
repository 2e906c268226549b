import type { MoneyBooks } from "@keybrake/stripe-emulator";
import { toMicros } from "./exposure.ts";
import type { CallRequest } from "./requests.ts";
import type { HttpAnswer } from "./scene.ts";

/** An object, and what an answer says that is at stake through it in all. */
export interface Heard {
  readonly root: string;
  readonly micros: number;
}

type Fields = Readonly<Record<string, any>>;

/** What an answer says, as Stripe documents its objects; null when it says nothing of any. */
export function heardIn(
  { operation, makes, form }: CallRequest,
  { status, body }: HttpAnswer,
  before: MoneyBooks,
): Heard | null {
  const object: Fields | undefined = status === 402 ? body?.error?.payment_intent : body;
  if (object === undefined || object === null || (status !== 200 && status !== 402)) return null;
  const minor = FIGURES[operation]?.(object, before);
  if (typeof minor !== "number") return null;
  // A repeat may show the object as others have made it since.
  const own = makes ? Math.min(minor, Number(form.amount)) : minor;
  return { root: object.payment_intent ?? object.id, micros: toMicros(object.currency, own) };
}

const amount = (object: Fields): number => object.amount;

/** In the currency's smallest unit. */
const FIGURES: Readonly<Record<string, (object: Fields, before: MoneyBooks) => number | null>> = {
  "charges.create": amount,
  "charges.capture": ({ amount_captured }) => amount_captured,
  "paymentIntents.create": amount,
  "paymentIntents.update": amount,
  "paymentIntents.confirm": amount,
  "paymentIntents.capture": ({ amount_received }) => amount_received,
  // What was authorised is let go of, which is counted, too; the answer does not show it any more.
  "paymentIntents.cancel": ({ id }, { open }) =>
    open.find(({ object, status }) => object === id && status === "requires_capture")?.amount_minor ?? null,
  "invoices.finalizeInvoice": ({ amount_due }) => amount_due,
  // What it forgives is counted for who forgives it.
  "invoices.voidInvoice": ({ id }, { open }) =>
    open.find(({ object, status }) => object === id && status === "open")?.amount_minor ?? null,
  "invoices.pay": ({ amount_paid }) => amount_paid,
};
