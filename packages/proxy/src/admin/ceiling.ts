import type { NewVaultKey } from "@keybrake/ledger";
import { type Grant, widerIn } from "../narrower.ts";
import { parsePolicy } from "../policy.ts";
import type { Vendor } from "../vendors/vendor.ts";
import { adminError } from "./errors.ts";
import { newVaultKey } from "./vault-key-policy.ts";
import { type CreateVaultKey, createVaultKeySchema } from "./vault-key-schemas.ts";
import type { Admin } from "./who.ts";

/** All that bounds a key that is to be made. */
export function grantOf(key: NewVaultKey): Grant {
  const { vendor, account, simulate, budgets, expiresAt, maxCalls, ratePerMinute } = key;
  const policy = parsePolicy(key.policy);
  const { capMicros } = key.ownBudget;
  return { vendor, account, simulate, policy, capMicros, budgets, expiresAt, maxCalls, ratePerMinute };
}

/** What a key would be that is made by the ceiling's own words at a moment; throws as for a key that is asked for. */
export function ceilingKey(ceiling: CreateVaultKey, vendor: Vendor, now: number): NewVaultKey {
  return newVaultKey(ceiling, { id: "ceiling", hash: "", now, vendor });
}

/** Throws `above_ceiling` for a key that could do more than its issuer may give away. */
export function checkCeiling({ key: issuer }: Admin, key: NewVaultKey, vendor: Vendor): void {
  if (issuer === null || issuer.ceiling === null) return;
  const ceiling = createVaultKeySchema.parse(JSON.parse(issuer.ceiling));
  const wider = widerIn(grantOf(ceilingKey(ceiling, vendor, key.createdAt)), grantOf(key), vendor);
  if (wider === null) return;
  const field = FIELDS[wider] ?? wider;
  throw adminError(
    "above_ceiling",
    `${field}: a key of this issuer may not have more than its ceiling.`,
    field,
  );
}

/** How requests name what a grant has. */
const FIELDS: Readonly<Record<string, string>> = {
  capMicros: "daily_usd_cap",
  expiresAt: "expires_in_seconds",
  maxCalls: "max_calls",
  ratePerMinute: "rate_per_minute",
  max_micros_per_call: "max_usd_per_call",
  accounts: "stripe_accounts",
  act_window_ms: "act_window",
  assume_micros: "assume_usd",
};
