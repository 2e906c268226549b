/** Lets one at a time through, in the order of asking. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /**
   * Resolves with the function that lets the next one through, or with null as soon as `signal` aborts while
   * waiting (the place in the line is then given up).
   */
  async acquire(signal: AbortSignal | undefined): Promise<(() => void) | null> {
    const before = this.#tail;
    let release = (): void => {};
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    let waited: unknown;
    try {
      waited = await beforeAbort(before, signal);
    } catch (error) {
      // Whoever is behind must not wait for a place that nobody holds.
      void before.then(release);
      throw error;
    }
    if (waited !== ABORTED) return release;
    void before.then(release);
    return null;
  }
}

export const ABORTED = Symbol("aborted");

/** The promise's value, or `ABORTED` once the signal aborts, whichever comes first. */
export async function beforeAbort<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | typeof ABORTED> {
  if (signal === undefined) return promise;
  if (signal.aborted) return ABORTED;
  let onAbort = (): void => {};
  const aborted = new Promise<typeof ABORTED>((resolve) => {
    onAbort = () => resolve(ABORTED);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
