import type { NewVaultKey, Stop, StoppedCaller } from "@keybrake/ledger";

/** Who calls in a random history, and by which secret. */
export interface SimpleCaller extends Omit<StoppedCaller, "vaultKeyId"> {
  readonly keyHash: string;
}

interface Secrets {
  readonly newest: string;
  readonly previous: string | null;
  readonly previousEndsAt: number;
}

/** Which keys may be used, by whom: the rules once more, from lists of what was said. */
export class SimpleHalts {
  readonly revoked = new Set<string>();
  readonly paused = new Set<string>();
  stops: readonly Stop[] = [];
  readonly #secrets = new Map<string, Secrets>();

  secretsOf({ id, hash }: Pick<NewVaultKey, "id" | "hash">): Secrets {
    return this.#secrets.get(id) ?? { newest: hash, previous: null, previousEndsAt: 0 };
  }

  rotate(key: NewVaultKey, newest: string, previousEndsAt: number): void {
    this.#secrets.set(key.id, { newest, previous: this.secretsOf(key).newest, previousEndsAt });
  }

  /** The keys that calls under an agent's name have used are joined to a stop that stands. */
  stop(stop: Stop): void {
    const names = ({ role, agent, labels }: Stop) =>
      JSON.stringify([role, agent, Object.entries(labels).sort()]);
    const same = this.stops.find((standing) => names(standing) === names(stop));
    const joined = same && { ...same, vaultKeyIds: [...new Set([...same.vaultKeyIds, ...stop.vaultKeyIds])] };
    this.stops = joined
      ? this.stops.map((standing) => (standing === same ? joined : standing))
      : [...this.stops, stop];
  }

  lift(id: string): void {
    this.stops = this.stops.filter((stop) => stop.id !== id);
  }

  /** Why a key is of no use to a caller; null while it is. */
  endOf(key: NewVaultKey, caller: SimpleCaller, now: number): string | null {
    const { newest, previous, previousEndsAt } = this.secretsOf(key);
    const isPrevious = caller.keyHash === previous && now < previousEndsAt;
    if (caller.keyHash !== newest && !isPrevious) return "invalid_vault_key";
    if (this.revoked.has(key.id)) return "vault_key_revoked";
    if (now >= key.expiresAt) return "vault_key_expired";
    const isStopped = this.stops.some(
      (stop) =>
        (stop.role === null || stop.role === caller.role) &&
        (stop.agent === null || stop.agent === caller.agent || stop.vaultKeyIds.includes(key.id)) &&
        Object.entries(stop.labels).every(([name, value]) => caller.labels[name] === value),
    );
    return isStopped || this.paused.has(key.id) ? "vault_key_paused" : null;
  }
}
