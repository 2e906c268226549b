import type { Plan } from "./plan.ts";

/** A process that forwards calls. Past the end of its lease it is dead: what it held, nobody settles. */
export interface Owner {
  readonly id: string;
  readonly leaseEndsAt: number;
}

/**
 * What dead owners left in flight becomes `unknown`, its holds kept; what an owner holds that is alive stays
 * as it is. Pure.
 */
export function planRecovery(recovery: { owners: readonly Owner[]; now: number }): Plan<void> {
  const dead = recovery.owners.filter(({ leaseEndsAt }) => leaseEndsAt <= recovery.now);
  return { result: undefined, changes: { deadOwners: dead.map(({ id }) => id) } };
}
