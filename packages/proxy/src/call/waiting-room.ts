/**
 * Calls of this process that others wait for. A repeat of an act in flight waits here instead of asking the
 * store again and again; a call that another process works on is not here and is polled for.
 */
export interface WaitingRoom {
  /** Announces a call; the returned function ends the wait of everybody who came. */
  enter(callId: string): () => void;
  /** Resolves when the call is over or `ms` have passed; undefined when no such call runs here. */
  wait(callId: string, ms: number): Promise<void> | undefined;
}

export function createWaitingRoom(): WaitingRoom {
  const calls = new Map<string, { readonly over: Promise<void>; readonly leave: () => void }>();
  return {
    enter(callId) {
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const leave = () => {
        calls.delete(callId);
        resolve();
      };
      calls.set(callId, { over, leave });
      return leave;
    },
    wait(callId, ms) {
      const call = calls.get(callId);
      if (call === undefined) return undefined;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      return Promise.race([call.over, late]).finally(() => clearTimeout(timer));
    },
  };
}
