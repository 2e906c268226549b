import { LIMITS } from "../limits.ts";
import type { Refusal } from "../refusal.ts";
import { type CallDependencies, type Ending, type Identified, type Locked, refused } from "./call.ts";
import type { Release } from "./object-locks.ts";
import type { MaybePromise, Step } from "./step.ts";

/** Step 6: the objects that a write is about are its own until it ends, so that what is priced is what is executed. */
export const lock: Step<Identified, Locked> = {
  name: "lock",
  refuses: ["object_in_use"],
  take,
};

const OBJECT_IN_USE: Refusal = {
  code: "object_in_use",
  reason: "Another call about the same object is still running.",
};

const NOTHING: Release = () => undefined;

function take(
  { objectLocks, environment }: CallDependencies,
  call: Identified,
): MaybePromise<Locked | Ending> {
  const names = call.operation.write ? lockNames(call) : [];
  if (names.length === 0) return { ...call, release: NOTHING };
  const goOn = (release: Release | null) =>
    release === null ? refused(call, OBJECT_IN_USE) : { ...call, release };
  const isLate = () => environment.clock() >= call.at + LIMITS.inFlightWaitMs;
  const release = objectLocks.take(names, isLate);
  return release instanceof Promise ? release.then(goOn) : { ...call, release };
}

function lockNames({ account, key, request }: Identified): string[] {
  const ids = account.vendor.objectsOf(request);
  return ids.map((id) => JSON.stringify([key.vendor, key.account, key.simulate, id]));
}
