import type { KeyEnd } from "./requests.ts";
import type { KeyRow } from "./rows.ts";
import { stopCovers } from "./stops.ts";
import type { Rotation } from "./store.ts";
import type { Stop, StoppedCaller } from "./types.ts";

/** Who calls, and by which secret of the key. */
export interface KeyUser {
  readonly facts: StoppedCaller;
  readonly keyHash: string;
}

/** Why a key is of no use to a caller at a moment; null while it is. */
export function endOfKey(
  key: Rotation & Pick<KeyRow, "revokedAt" | "expiresAt" | "pausedAt" | "pausedAbove">,
  { facts, keyHash }: KeyUser,
  { moment, stops }: { readonly moment: number; readonly stops: readonly Stop[] },
): KeyEnd | null {
  if (keyHash !== key.hash && !isPrevious(key, keyHash, moment)) return "invalid_vault_key";
  if (key.revokedAt !== null) return "vault_key_revoked";
  if (moment >= key.expiresAt) return "vault_key_expired";
  const isStopped =
    key.pausedAt !== null ||
    key.pausedAbove === 1 ||
    (stops.length > 0 && stops.some((stop) => stopCovers(stop, facts)));
  return isStopped ? "vault_key_paused" : null;
}

/** Whether it is the secret that another has taken the place of, and that may still be used. */
function isPrevious({ previousHash, previousEndsAt }: Rotation, hash: string, moment: number): boolean {
  return hash === previousHash && previousEndsAt !== null && moment < previousEndsAt;
}
