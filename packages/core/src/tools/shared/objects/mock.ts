import type { FormParams } from "../../../wire/form.ts";

/** A fixed moment (2026-01-01), so that the same calls give the same objects. */
export const MOCK_CREATED = 1_767_225_600;

/** The amount of an object that the run asks for but did not make. */
export const FOREIGN: FormParams = { amount: 2_000, currency: "usd" };

/** Parameters that are null are not sent, and so are not in Stripe's objects. */
export function sentMetadata(params: FormParams): Record<string, unknown> {
  const metadata = typeof params.metadata === "object" && params.metadata !== null ? params.metadata : {};
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}
