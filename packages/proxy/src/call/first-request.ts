import { type Headers, headerOf, type Vendor } from "../vendors/vendor.ts";

/**
 * All of a forwarded request that its repeat must have in common with it. A vendor may refuse an unknown version,
 * or the wrong account, before it looks at the Idempotency-Key: a repeat with other headers could be told
 * "400, nothing happened" about an act that took effect.
 */
export interface Content {
  readonly body: string | null;
  readonly contentType: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The client's headers that are forwarded. The vendor lists them, so that credentials, cookies, hop-by-hop headers
 * (RFC 9110 section 7.6.1), method overrides and telemetry stay behind. Accounts were checked against the policy.
 */
export function passedHeaders(vendor: Vendor, headers: Headers): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of vendor.passedHeaders) {
    const value = headerOf(headers, name);
    if (value !== null) passed[name] = value;
  }
  return passed;
}

/** What the ledger keeps with the claim. */
export interface FirstRequest extends Content {
  /** `Account.fingerprint` of the credential that it was sent with. */
  readonly sentAs: string;
  /** How far the vendor's clock was ahead of the proxy's when it was sent; null when that was not known. */
  readonly vendorAheadMs: number | null;
}

/** As the ledger keeps it. */
export function writeFirstRequest({ body, contentType, headers, ...sent }: FirstRequest): string {
  const { sentAs, vendorAheadMs } = sent;
  return JSON.stringify({ body, contentType, headers, sentAs, vendorAheadMs });
}

/** What `writeFirstRequest` wrote. */
export function readFirstRequest(text: string): FirstRequest {
  return JSON.parse(text) as FirstRequest;
}
