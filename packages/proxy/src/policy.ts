/** What a vault key may do, as stored with it. Fixed when the key is made. */
export interface Policy {
  /** Operation names (`charges.create`) or globs over a resource (`charges.*`). */
  readonly allowed_operations: readonly string[];
  readonly max_cents_per_call: number | null;
  /** Lower-case codes; null = any that can be priced. */
  readonly currencies: readonly string[] | null;
  /** Customer ids; null = any. With a list, a call that names no customer on it is refused. */
  readonly customers: readonly string[] | null;
  /** Connected accounts that a call may act for (its headers) or hand money to (its parameters); empty = none. */
  readonly stripe_accounts: readonly string[];
  /** `act`: claims go by the business act, whatever Idempotency-Key comes. */
  readonly dedupe: "key" | "act";
  /** HTTP status of `spend_cap_exceeded`. */
  readonly cap_status: 429 | 402;
  readonly require_idempotency_key: boolean;
}

/** Whether the key's allowlist names this operation. A glob covers a resource and all below it. */
export function allowsOperation(policy: Policy, operation: string): boolean {
  return policy.allowed_operations.some((pattern) =>
    pattern.endsWith(".*") ? operation.startsWith(pattern.slice(0, -1)) : pattern === operation,
  );
}
