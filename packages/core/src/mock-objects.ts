import type { FormParams } from "./form.ts";

/** An object of the simulation, in Stripe's shape. */
export type MockObject = Readonly<Record<string, unknown>> & { readonly id: string };

/** A fixed moment (2026-01-01), so that the same calls give the same objects. */
const CREATED = 1_767_225_600;
/**
 * 106 bits that look random, from a text (cyrb53 of Bryc, twice). Names mock objects and nothing else; it
 * is synchronous, which WebCrypto is not, and that counts in the loop of an optimizer.
 */
export function mockDigest(text: string): string {
  const half = (seed: number): string => {
    let high = 0xdeadbeef ^ seed;
    let low = 0x41c6ce57 ^ seed;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
    high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
    low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
    return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16).padStart(14, "0");
  };
  return half(0) + half(1);
}

/** Parameters that are null are not sent, and so are not in Stripe's objects. */
function sentMetadata(params: FormParams): Record<string, unknown> {
  const metadata = typeof params.metadata === "object" && params.metadata !== null ? params.metadata : {};
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}

/** Succeeded and captured, as a test card would be. */
export function mockCharge(id: string, params: FormParams): MockObject {
  const { amount, currency, customer: payer = null, description = null } = params;
  return {
    id,
    object: "charge",
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    captured: true,
    created: CREATED,
    currency,
    customer: payer,
    description,
    metadata: sentMetadata(params),
    paid: true,
    refunded: false,
    status: "succeeded",
  };
}

/** Unconfirmed, as the tool makes it. */
export function mockPaymentIntent(id: string, params: FormParams): MockObject {
  const { amount, currency, customer: payer = null, description = null } = params;
  return {
    id,
    object: "payment_intent",
    amount,
    amount_received: 0,
    created: CREATED,
    currency,
    customer: payer,
    description,
    metadata: sentMetadata(params),
    status: "requires_payment_method",
  };
}

/** Of an amount that was checked before. */
export function mockRefund(
  id: string,
  params: FormParams,
  of: { readonly charge: MockObject; readonly amount: number },
): MockObject {
  return {
    id,
    object: "refund",
    amount: of.amount,
    charge: of.charge.id,
    created: CREATED,
    currency: of.charge.currency,
    metadata: sentMetadata(params),
    reason: params.reason ?? null,
    status: "succeeded",
  };
}

/** The same for everybody who asks for this id. */
export function mockCustomer(id: string): MockObject {
  const name = id.replace(/^cus_/, "");
  return {
    id,
    object: "customer",
    balance: 0,
    created: CREATED,
    currency: "usd",
    delinquent: false,
    description: null,
    email: `${name.toLowerCase()}@example.com`,
    metadata: {},
    name: `Customer ${name}`,
  };
}
