import { STOPS_MAX } from "./limits.ts";
import { type Plan, type PlanState, UNCHANGED } from "./plan.ts";
import type { Stop } from "./types.ts";

/**
 * `Ledger.stop`. One that names the same as one that stands is that one, with the keys of both: who says it again has
 * not heard the answer, or has seen more. Pure.
 */
export function planStop({ stops }: PlanState, stop: Stop): Plan<Stop | "too_many_stops"> {
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
