import type { AdminClient, CreateVaultKeyInput, IssuedVaultKey, VaultKeyInfo } from "@keybrake/core";
import type { ProbeTerms } from "./operations.ts";

/** What is gone of a twin when nobody revokes it. */
const TWIN_SECONDS = 300;

/**
 * A limit on calls would be reached by the checks themselves, no person is to be asked about them, and they are of no run
 * that a key may be bound to.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...["approval", "bind", "max_calls", "rate_per_minute", "simulate"],
]);

/** What a policy says as a request for one: nothing, and lists of nothing, are left out. */
function requestOf(policy: VaultKeyInfo["policy"]): Partial<CreateVaultKeyInput> {
  const said = Object.entries(policy).filter(
    ([name, value]) => value !== null && !(Array.isArray(value) && value.length === 0) && !LEFT_OUT.has(name),
  );
  return Object.fromEntries(said);
}

/**
 * A key with the policy of another that simulates, so that everything can be tried: the vendor is never called, and
 * what it spends is in books apart. Ends by itself after `seconds`.
 */
export function makeTwin(
  admin: AdminClient,
  key: Pick<VaultKeyInfo, "name" | "vendor" | "account" | "policy">,
  seconds: number = TWIN_SECONDS,
): Promise<IssuedVaultKey> {
  const { vendor, account, policy } = key;
  const name = `verify: ${key.name}`.slice(0, 100);
  return admin.vaultKeys.create({
    ...requestOf(policy),
    ...{ name, vendor, account, simulate: true, expires_in_seconds: seconds },
  });
}

/** The least that may be charged within a policy: repeated runs fill no budget of anybody's. */
export function smallTerms({ currencies, customers }: VaultKeyInfo["policy"]): ProbeTerms {
  return { amountMinor: 1, currency: currencies?.[0] ?? "usd", customer: customers?.[0] ?? null };
}
