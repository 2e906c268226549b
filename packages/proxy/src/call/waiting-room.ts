/**
 * Calls of this process that others wait for. A repeat of an act in flight waits here instead of asking the
 * store again and again; a call that another process works on is not here and is polled for.
 */
export interface WaitingRoom {
  /** Announces work on a call. Twice at once, when an act is sent again before its first call has gone. */
  enter(callId: string): void;
  /** Ends the wait of everybody who came, when nobody works on the call any more. */
  leave(callId: string): void;
  /** Resolves when the call is over or `ms` have passed; undefined when no such call runs here. */
  wait(callId: string, ms: number): Promise<void> | undefined;
}

interface Work {
  readonly over: PromiseWithResolvers<void>;
  workers: number;
}

export function createWaitingRoom(): WaitingRoom {
  const calls = new Map<string, Work>();
  return {
    enter(callId) {
      const work = calls.get(callId);
      if (work === undefined) calls.set(callId, { over: Promise.withResolvers(), workers: 1 });
      else work.workers += 1;
    },
    leave(callId) {
      const work = calls.get(callId);
      if (work === undefined) return;
      work.workers -= 1;
      if (work.workers > 0) return;
      calls.delete(callId);
      work.over.resolve();
    },
    wait(callId, ms) {
      const work = calls.get(callId);
      if (work === undefined) return undefined;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      return Promise.race([work.over.promise, late]).finally(() => clearTimeout(timer));
    },
  };
}
