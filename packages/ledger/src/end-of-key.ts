import type { KeyEnd } from "./requests.ts";
import { stopCovers } from "./stops.ts";
import type { Rotation } from "./store.ts";
import type { Stop, StoppedCaller, VaultKey } from "./types.ts";

/** Who calls, and by which secret of the key. */
export interface KeyUser {
  readonly facts: StoppedCaller;
  readonly keyHash: string;
}

/** What of a key says whether anybody may use it. */
type Bounds = Pick<VaultKey, "revokedAt" | "expiresAt" | "pausedAt" | "pausedAbove">;

/**
 * Why a key is of no use to whoever has this secret of it, whatever they call; null while it is. `secretEndsAt` is as
 * `VaultKey` says. Pure.
 */
export function endOfSecret(
  key: Bounds,
  { secretEndsAt, moment }: Pick<VaultKey, "secretEndsAt"> & { readonly moment: number },
): KeyEnd | null {
  if (secretEndsAt !== null && moment >= secretEndsAt) return "invalid_vault_key";
  if (key.revokedAt !== null) return "vault_key_revoked";
  if (moment >= key.expiresAt) return "vault_key_expired";
  return key.pausedAt !== null || key.pausedAbove === 1 ? "vault_key_paused" : null;
}

/** Why a key is of no use to a caller at a moment; null while it is. Pure. */
export function endOfKey(
  key: Rotation & Bounds,
  { facts, keyHash }: KeyUser,
  { moment, stops }: { readonly moment: number; readonly stops: readonly Stop[] },
): KeyEnd | null {
  const ended = endOfSecret(key, { secretEndsAt: endOfHash(key, keyHash), moment });
  if (ended !== null || stops.length === 0) return ended;
  return stops.some((stop) => stopCovers(stop, facts)) ? "vault_key_paused" : null;
}

/** When the secret with this hash ends: never, for the newest; what is none of the key's two has never begun. */
function endOfHash({ hash, previousHash, previousEndsAt }: Rotation, asked: string): number | null {
  if (asked === hash) return null;
  return asked === previousHash ? (previousEndsAt ?? 0) : 0;
}
