import type { Account } from "../accounts.ts";
import { LIMITS } from "../limits.ts";

/**
 * Upstream Idempotency-Keys under which the vendor has declined an attempt, and declines it again for as long as it
 * remembers them: a later attempt needs another. In memory, and bounded: forgotten in a restart, the vendor refuses.
 */
export interface DeclinedKeys {
  note(account: Account, upstreamKey: string): void;
  has(account: Account, upstreamKey: string): boolean;
}

export function createDeclinedKeys(): DeclinedKeys {
  const known = new Set<string>();
  const name = ({ vendor, name: account }: Account, key: string) => `${vendor.name} ${account} ${key}`;
  return {
    note(account, upstreamKey) {
      known.add(name(account, upstreamKey));
      if (known.size <= LIMITS.declinedKeys) return;
      const [oldest = ""] = known;
      known.delete(oldest);
    },
    has: (account, upstreamKey) => known.has(name(account, upstreamKey)),
  };
}
