import type { Ledger } from "./interface.ts";
import type { Parts } from "./ledger-parts.ts";
import { planLift, planStop, stopNeeds } from "./plan-stop.ts";
import { planPause, planRevocation, planRotation, rotationNeeds, standingNeeds } from "./plan-vault-key.ts";
import type { VaultKey } from "./types.ts";
import { checkCount, checkSecret } from "./validate.ts";
import { checkStop } from "./validate-stop.ts";

/** Revocations, pauses, resumptions and other secrets. */
export function haltMethods<P>({ writer, keys }: Parts<P>) {
  async function pause(id: string, at: number | null): Promise<VaultKey<P> | null> {
    const paused = await writer.submit({
      declare: (needs) => standingNeeds(needs, id),
      plan: (state) => planPause(state, id, at),
    });
    return paused === null ? null : ((await keys.complete([paused]))[0] ?? null);
  }
  return {
    revokeVaultKey: async (id, at) => {
      checkCount(at, "at");
      const revoked = await writer.submit({
        declare: (needs) => standingNeeds(needs, id),
        plan: (state) => planRevocation(state, id, at),
      });
      return revoked === null ? null : ((await keys.complete([revoked]))[0] ?? null);
    },
    pauseVaultKey: async (id, at) => {
      checkCount(at, "at");
      return pause(id, at);
    },
    resumeVaultKey: (id) => pause(id, null),
    rotateVaultKey: async (id, secret) => {
      checkSecret(secret);
      const rotated = await writer.submit({
        declare: (needs) => rotationNeeds(needs, id, secret),
        plan: (state) => planRotation(state, id, secret),
      });
      if (rotated === null || rotated === "ended") return rotated;
      return (await keys.complete([rotated]))[0] ?? null;
    },
  } satisfies Partial<Ledger<P>>;
}

export function stopMethods<P>({ store, writer, read }: Parts<P>) {
  return {
    stop: async (stop) => {
      checkStop(stop);
      return writer.submit({
        declare: (needs) => stopNeeds(needs, stop),
        plan: (state) => planStop(state, stop),
      });
    },
    liftStop: async (id) => writer.submit({ declare: NOTHING, plan: (state) => planLift(state, id) }),
    listStops: () => read(() => store.listStops()),
    usableVaultKeys: (now) => read(() => store.usableKeys(now)),
  } satisfies Partial<Ledger<P>>;
}

/** What stands is there with every transaction. */
const NOTHING = (): void => {};
