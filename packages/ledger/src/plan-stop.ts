import { STOPS_MAX } from "./limits.ts";
import type { NeedsDraft } from "./needs.ts";
import { type Plan, type PlanState, UNCHANGED } from "./plan.ts";
import { familyOf } from "./plan-vault-key.ts";
import type { Stop } from "./types.ts";

export function stopNeeds(needs: NeedsDraft, { vaultKeyIds }: Stop): void {
  for (const id of vaultKeyIds) needs.families.add(id);
}

/**
 * `Ledger.stop`. One that names the same as one that stands is that one, with the keys of both: who says it again has
 * not heard the answer, or has seen more. With a key all that came of it is stopped, or its agent would go on with one that it
 * made before; from now on it makes none. Pure.
 */
export function planStop(state: PlanState, asked: Stop): Plan<Stop | "too_many_stops"> {
  const { stops } = state;
  const stop = { ...asked, vaultKeyIds: withFamilies(state, asked.vaultKeyIds) };
  const same = stops.find((standing) => namesSame(standing, stop));
  if (same !== undefined) {
    const vaultKeyIds = [...new Set([...same.vaultKeyIds, ...stop.vaultKeyIds])];
    const joined = { ...same, vaultKeyIds };
    return {
      result: joined,
      changes: { stops: stops.map((standing) => (standing === same ? joined : standing)) },
    };
  }
  if (stops.length >= STOPS_MAX) return { result: "too_many_stops", changes: UNCHANGED };
  return { result: stop, changes: { stops: [...stops, stop] } };
}

function withFamilies(state: PlanState, ids: readonly string[]): string[] {
  const below = ids.flatMap((id) => familyOf(state, id)).filter(({ revokedAt }) => revokedAt === null);
  return [...new Set([...ids, ...below.map(({ id }) => id)])];
}

function namesSame(one: Stop, other: Stop): boolean {
  const labels = Object.entries(one.labels);
  return (
    one.role === other.role &&
    one.agent === other.agent &&
    labels.length === Object.keys(other.labels).length &&
    labels.every(([name, value]) => other.labels[name] === value)
  );
}

/** `Ledger.liftStop`: what only that one has stopped goes on. Null when it does not stand. Pure. */
export function planLift({ stops }: PlanState, id: string): Plan<Stop | null> {
  const lifted = stops.find((stop) => stop.id === id);
  if (lifted === undefined) return { result: null, changes: UNCHANGED };
  return { result: lifted, changes: { stops: stops.filter((stop) => stop !== lifted) } };
}
