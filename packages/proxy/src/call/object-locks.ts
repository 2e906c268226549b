import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Turns } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";

/** Gives back what was taken. To be called once. */
export type Release = () => void;

/**
 * The objects that calls are about. One that is priced by a look-up must not change before it is forwarded, so that calls
 * about one object take turns: within this process in the order in which they came, among replicas in no order.
 */
export interface ObjectLocks {
  /**
   * Takes all of them, at once if nobody has one and no replica could; null when it is late before they are free. Asked
   * now and then. Rejects when the turns of the replicas cannot be asked for.
   */
  take(names: readonly string[], isLate: () => boolean): Release | Promise<Release | null>;
}

/** `turns`: among the replicas; null when there are none. */
export function createObjectLocks(turns: Turns | null): ObjectLocks {
  const own = createOwnLocks();
  if (turns === null) return own;
  return {
    take: async (names, isLate) => {
      const release = await own.take(names, isLate);
      return release === null ? null : takeShared(turns, inOrder(names), { release, isLate });
    },
  };
}

/** Always in one order, so that no two calls wait for each other. */
function inOrder(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted();
}

/** What is this process's already, it takes among the replicas, too. */
async function takeShared(
  turns: Turns,
  names: readonly string[],
  { release, isLate }: { readonly release: Release; readonly isLate: () => boolean },
): Promise<Release | null> {
  const taker = randomUUID();
  const giveBack = () => {
    release();
    // A store that is away forgets them after a while.
    void turns.give(names, taker).catch(() => {});
  };
  try {
    for (const name of names) {
      while (!(await turns.take(name, taker))) {
        if (isLate()) {
          giveBack();
          return null;
        }
        await pause(LIMITS.inFlightPollMs);
      }
    }
  } catch (error) {
    giveBack();
    throw error;
  }
  return giveBack;
}

/** Among the calls of this process. */
function createOwnLocks(): ObjectLocks {
  /** Who waits for each object that somebody has. */
  const queues = new Map<string, (() => void)[]>();

  const release = (name: string) => {
    const next = queues.get(name)?.shift();
    if (next === undefined) queues.delete(name);
    else next();
  };

  const takeOne = (name: string, isLate: () => boolean): true | Promise<boolean> => {
    const queue = queues.get(name);
    if (queue === undefined) {
      queues.set(name, []);
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const watch = setInterval(() => {
      if (!isLate()) return;
      clearInterval(watch);
      queue.splice(queue.indexOf(turn), 1);
      resolve(false);
    }, LIMITS.inFlightPollMs);
    const turn = () => {
      clearInterval(watch);
      resolve(true);
    };
    queue.push(turn);
    return promise;
  };

  const takeAll = async (names: readonly string[], isLate: () => boolean): Promise<Release | null> => {
    const taken: string[] = [];
    const giveBack = () => taken.forEach(release);
    for (const name of names) {
      if (!(await takeOne(name, isLate))) {
        giveBack();
        return null;
      }
      taken.push(name);
    }
    return giveBack;
  };

  return {
    take(names, isLate) {
      const ordered = inOrder(names);
      const isFree = ordered.every((name) => !queues.has(name));
      if (!isFree) return takeAll(ordered, isLate);
      for (const name of ordered) queues.set(name, []);
      return () => ordered.forEach(release);
    },
  };
}
