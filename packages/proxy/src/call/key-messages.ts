import type { KeyEnd } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import type { Refusal } from "../refusal.ts";
import type { CredentialMode, Vendor } from "../vendors/vendor.ts";

/** The words for keys that are not taken. None of them tells more than the text of the key shows. */

const invalid = (reason: string): Refusal => ({ code: "invalid_vault_key", reason });

/** Where the vendor's clients put a key, and so a vault key. */
function place({ keyHeader }: Pick<Vendor, "keyHeader">): string {
  return keyHeader === null ? "'Authorization: Bearer vk_…'" : `'${keyHeader}: vk_…'`;
}

export function noKey(vendor: Vendor): Refusal {
  return invalid(`No vault key was sent: one comes as ${place(vendor)}.`);
}

export function notAKey(vendor: Vendor): Refusal {
  return invalid(
    `What was sent is no vault key: they begin with vk_live_, vk_test_ or vk_sim_, and come as ${place(vendor)}. An admin key is for /admin alone.`,
  );
}

export const UNKNOWN_KEY = invalid(
  "This proxy does not know this vault key: it is misspelt, another secret has taken its place, or another proxy or an earlier store made it.",
);

export const TOO_MANY_INVALID_KEYS: Refusal = {
  code: "too_many_invalid_keys",
  reason: "Too many requests without a valid vault key came from this address.",
};

/** Not said of a key that is done for: it is told that. */
export function refusedTooOften(name: string, retryAfterSeconds: number): Refusal {
  const reason = `The vault key '${name}' was refused ${LIMITS.refusalsPerMinute} times in this minute: its calls are not looked at until the next one.`;
  return { code: "refusals_limited", reason, retryAfterSeconds };
}

export const REVOKED: Refusal = {
  code: "vault_key_revoked",
  reason: "This vault key was revoked.",
};

export const EXPIRED: Refusal = {
  code: "vault_key_expired",
  reason: "This vault key has expired; a new one must be issued.",
};

export const PAUSED: Refusal = {
  code: "vault_key_paused",
  reason: "This vault key is paused.",
};

export const STOPPED: Refusal = {
  code: "vault_key_paused",
  reason: "Calls like this one are halted, with whatever vault key.",
};

/** Why the ledger's transaction has found a key of no use. */
export const KEY_ENDS: Readonly<Record<KeyEnd, Refusal>> = {
  invalid_vault_key: UNKNOWN_KEY,
  vault_key_revoked: REVOKED,
  vault_key_expired: EXPIRED,
  vault_key_paused: PAUSED,
};

/** One of a vendor's own keys was sent as a vault key. */
export function ownKeySent({ title }: Vendor, vendor: Vendor): Refusal {
  return invalid(
    `This is one of ${title}'s own keys, which are never accepted here. A vault key comes as ${place(vendor)}.`,
  );
}

/** A test key where the credentials are live, or the other way round: play must not become real money. */
export function wrongMode(held: CredentialMode): Refusal {
  const sent = held === "live" ? "test" : "live";
  return invalid(
    `This is a ${sent} key (vk_${sent}_…), and this proxy holds ${held} credentials, for which keys begin with vk_${held}_.`,
  );
}
