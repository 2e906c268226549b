import type Stripe from "stripe";
import { invalidRequest } from "./errors.ts";
import type { FormHash, FormValue } from "./form.ts";

const ADDRESS_FIELDS = ["city", "country", "line1", "line2", "postal_code", "state"] as const;

function text(value: FormValue | undefined, param: string): string | null {
  if (value === undefined || value === "") return null;
  if (typeof value === "string") return value;
  throw invalidRequest("Invalid string", { param });
}

function checkNames(hash: FormHash, param: string, known: readonly string[]): void {
  const unknown = Object.keys(hash).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = `${param}[${unknown}]`;
  throw invalidRequest(`Received unknown parameter: ${name}`, { param: name, code: "parameter_unknown" });
}

function inner(hash: FormHash, name: string): FormHash | null {
  const value = hash[name];
  return value === undefined || typeof value === "string" || Array.isArray(value) ? null : value;
}

/** `address[line1]=…`; fields that are not given are null. */
export function parseAddress(hash: FormHash | null | undefined, param: string): Stripe.Address | null {
  if (hash === null || hash === undefined) return null;
  checkNames(hash, param, ADDRESS_FIELDS);
  const field = (name: (typeof ADDRESS_FIELDS)[number]) => text(hash[name], `${param}[${name}]`);
  return {
    city: field("city"),
    country: field("country"),
    line1: field("line1"),
    line2: field("line2"),
    postal_code: field("postal_code"),
    state: field("state"),
  };
}

/** Where goods go, as charges, payment intents and customers carry it. */
export interface Shipping {
  address: Stripe.Address;
  carrier: string | null;
  name: string;
  phone: string | null;
  tracking_number: string | null;
}

/** `shipping[name]=…&shipping[address][line1]=…`; both are required by Stripe. */
export function parseShipping(hash: FormHash | null | undefined): Shipping | null {
  if (hash === null || hash === undefined) return null;
  checkNames(hash, "shipping", ["address", "carrier", "name", "phone", "tracking_number"]);
  const address = parseAddress(inner(hash, "address"), "shipping[address]");
  const name = text(hash.name, "shipping[name]");
  if (address === null || name === null) {
    const param = address === null ? "shipping[address]" : "shipping[name]";
    throw invalidRequest(`Missing required param: ${param}.`, { param, code: "parameter_missing" });
  }
  return {
    address,
    carrier: text(hash.carrier, "shipping[carrier]"),
    name,
    phone: text(hash.phone, "shipping[phone]"),
    tracking_number: text(hash.tracking_number, "shipping[tracking_number]"),
  };
}

/** `billing_details[name]=…`. */
export function parseBillingDetails(
  hash: FormHash | null | undefined,
  existing: Stripe.PaymentMethod.BillingDetails,
): Stripe.PaymentMethod.BillingDetails {
  if (hash === null || hash === undefined) return existing;
  checkNames(hash, "billing_details", ["address", "email", "name", "phone", "tax_id"]);
  const changed = (name: "email" | "name" | "phone" | "tax_id") =>
    hash[name] === undefined ? existing[name] : text(hash[name], `billing_details[${name}]`);
  return {
    address: parseAddress(inner(hash, "address"), "billing_details[address]") ?? existing.address,
    email: changed("email"),
    name: changed("name"),
    phone: changed("phone"),
    tax_id: changed("tax_id"),
  };
}
