import { asLedgerError } from "./errors.ts";
import type { Store } from "./store.ts";
import type { Call } from "./types.ts";

export interface Subscribers<T> {
  add(listener: (told: T) => void): () => void;
  isEmpty(): boolean;
  /** Never throws: what is told is durable already, and no listener may make it look otherwise. */
  tell(news: readonly T[]): void;
}

/** Those who hear of what became durable. A listener that throws becomes a warning of the process. */
export function createSubscribers<T>(): Subscribers<T> {
  // Wrapped, so that one function may subscribe twice and leave once.
  const listeners = new Set<{ readonly listener: (told: T) => void }>();
  return {
    add: (listener) => {
      const entry = { listener };
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    isEmpty: () => listeners.size === 0,
    tell: (news) => {
      for (const told of news) {
        for (const { listener } of listeners) {
          try {
            listener(told);
          } catch (error) {
            process.emitWarning(error instanceof Error ? error : String(error));
          }
        }
      }
    },
  };
}

/** What is told is durable already: no listener, and no row that cannot be read back, makes it look otherwise. */
export async function tellAnswered(
  store: Pick<Store, "getCall">,
  subscribers: Subscribers<Call>,
  answered: readonly string[],
): Promise<void> {
  if (subscribers.isEmpty()) return;
  try {
    for (const callId of answered) {
      const call = await store.getCall(callId);
      if (call !== null) subscribers.tell([call]);
    }
  } catch (error) {
    process.emitWarning(asLedgerError(error));
  }
}
