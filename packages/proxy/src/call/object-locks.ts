import { LIMITS } from "../limits.ts";

/** Gives back what was taken. To be called once. */
export type Release = () => void;

/**
 * The objects that calls of this process are about. One that is priced by a look-up must not change before it is
 * forwarded, so that calls about one object take turns, in the order in which they came. Replicas do not see each
 * other's turns: what another one changes meanwhile is found when the answer is settled.
 */
export interface ObjectLocks {
  /** Takes all of them, at once if nobody has one; null when it is late before they are free. Asked now and then. */
  take(names: readonly string[], isLate: () => boolean): Release | Promise<Release | null>;
}

export function createObjectLocks(): ObjectLocks {
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
      // Always in one order, so that no two calls wait for each other.
      const inOrder = [...new Set(names)].toSorted();
      const isFree = inOrder.every((name) => !queues.has(name));
      if (!isFree) return takeAll(inOrder, isLate);
      for (const name of inOrder) queues.set(name, []);
      return () => inOrder.forEach(release);
    },
  };
}
