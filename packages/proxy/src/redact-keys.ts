import type { Vendor } from "./vendors/vendor.ts";

/** What of `Accounts` tells keys from other texts. */
export interface KeysKnown {
  readonly byVendor: ReadonlyMap<string, { readonly vendor: Pick<Vendor, "redact"> }>;
}

/** The text with every key in it made unreadable: vault keys, and the own keys of every vendor that the proxy serves. */
export function redactKeys({ byVendor }: KeysKnown, text: string): string {
  let redacted = text;
  for (const { vendor } of byVendor.values()) redacted = vendor.redact(redacted);
  return redacted;
}
