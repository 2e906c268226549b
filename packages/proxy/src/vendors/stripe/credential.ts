import { createHash } from "node:crypto";
import { ROLE_NAMES, restrictedKeyPermissions, roleOperations } from "@keybrake/core";
import { ProxyError } from "../../proxy-error.ts";
import type { CredentialKind } from "../vendor.ts";

const STRIPE_KEY = /^(sk|rk)_(live|test)_[A-Za-z0-9_]+$/;

/** What can be told from a Stripe key's prefix (docs.stripe.com/keys). */
export interface StripeKeyKind {
  readonly mode: "live" | "test";
  readonly restricted: boolean;
}

/** Throws `credential_invalid`, without quoting it, for anything but a Stripe secret or restricted key. */
export function readCredentialKind(credential: string): StripeKeyKind {
  const match = STRIPE_KEY.exec(credential);
  if (match === null) {
    const message =
      "STRIPE_SECRET_KEY must be a Stripe secret key (sk_…) or, better, a restricted key (rk_…). Publishable keys and vault keys cannot be used.";
    throw new ProxyError("credential_invalid", message);
  }
  return { mode: match[2] === "live" ? "live" : "test", restricted: match[1] === "rk" };
}

/**
 * Stripe's keys of today begin with the id of their account, without `acct_` and behind a 5: those of one account share
 * it, however often they are rolled. Of older ones nothing but themselves can be told.
 */
const NAMES_ACCOUNT = /^[sr]k_(?:live|test)_5(1[A-Za-z0-9]{15})[A-Za-z0-9]{60,}$/;

/** Which account a credential is of: its id where the text names it, else a digest of the text. */
export function credentialOwner(credential: string): string {
  const account = NAMES_ACCOUNT.exec(credential)?.[1];
  if (account !== undefined) return `acct_${account}`;
  return createHash("sha256").update(credential).digest("hex").slice(0, 32);
}

/** Null unless the proxy holds a key that may do everything with real money. */
export function credentialWarning(kind: StripeKeyKind): string | null {
  if (kind.mode !== "live" || kind.restricted) return null;
  const permissions = restrictedKeyPermissions(ROLE_NAMES.flatMap((role) => roleOperations(role)));
  const lines = permissions.map(({ resource, permission }) => `  ${resource}: ${permission}`);
  return [
    "The proxy holds an unrestricted live key. Give it a restricted key (rk_live_…) instead, as a first layer",
    "of defence. The built-in roles need no more than:",
    ...lines,
    "  everything else: None",
    "`keybrake roles` prints the permissions of each role.",
  ].join("\n");
}

export function readCredential(credential: string): CredentialKind {
  const kind = readCredentialKind(credential);
  return { mode: kind.mode, owner: credentialOwner(credential), warning: credentialWarning(kind) };
}

/** Whether a text begins like a key that Stripe issues, publishable and ephemeral ones too. */
export function isStripeKey(text: string): boolean {
  return /^(?:sk|rk|pk|ek|uk)_/.test(text);
}
