import type { Call } from "./types.ts";

export interface Subscribers {
  add(listener: (call: Call) => void): () => void;
  isEmpty(): boolean;
  /** Never throws: what is told is durable already, and no listener may make it look otherwise. */
  tell(calls: readonly Call[]): void;
}

/** Those who hear of every finished row. A listener that throws becomes a warning of the process. */
export function createSubscribers(): Subscribers {
  // Wrapped, so that one function may subscribe twice and leave once.
  const listeners = new Set<{ readonly listener: (call: Call) => void }>();
  return {
    add: (listener) => {
      const entry = { listener };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    isEmpty: () => listeners.size === 0,
    tell: (calls) => {
      for (const call of calls) {
        for (const { listener } of listeners) {
          try {
            listener(call);
          } catch (error) {
            process.emitWarning(error instanceof Error ? error : String(error));
          }
        }
      }
    },
  };
}
