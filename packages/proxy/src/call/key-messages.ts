import { LIMITS } from "../limits.ts";
import type { Refusal } from "../refusal.ts";
import type { CredentialMode, Vendor } from "../vendors/vendor.ts";

/** The words for keys that are not taken. None of them tells more than the text of the key shows. */

const SEND_ONE = "Send a vault key as 'Authorization: Bearer vk_…'";

const invalid = (reason: string): Refusal => ({ code: "invalid_vault_key", reason });

export const NO_KEY = invalid(`No vault key was sent. ${SEND_ONE}.`);

export const NOT_A_KEY = invalid(
  `What was sent is no vault key: they begin with vk_live_, vk_test_ or vk_sim_. An admin key is for /admin alone. ${SEND_ONE}.`,
);

export const UNKNOWN_KEY = invalid(
  "This proxy does not know this vault key: it is misspelt, or another proxy or an earlier store made it. Use a key that this one issued.",
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

/** One of the vendor's own keys was sent as a vault key. */
export function ownKeySent({ title }: Vendor): Refusal {
  return invalid(`This is one of ${title}'s own keys, which are never accepted here. ${SEND_ONE}.`);
}

/** A test key where the credentials are live, or the other way round: play must not become real money. */
export function wrongMode(held: CredentialMode): Refusal {
  const sent = held === "live" ? "test" : "live";
  return invalid(
    `This is a ${sent} key (vk_${sent}_…), and this proxy holds ${held} credentials. Use a vk_${held}_ key.`,
  );
}
