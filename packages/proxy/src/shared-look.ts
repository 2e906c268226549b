/** A look that many ask for at once. */
export interface SharedLookOptions<T> {
  /** Rejects never. */
  readonly look: () => Promise<T>;
  /** Looks begin no closer to each other than this. */
  readonly gapMs: number;
  /** Rejects never, and keeps no process alive. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Looks for everybody who asks. What is seen is never older than the question: who comes while a look runs waits for
 * the next one, which all who wait share. So a flood of questions costs a bounded number of looks.
 */
export function shareLook<T>({ look, gapMs, sleep }: SharedLookOptions<T>): () => Promise<T> {
  let mayLook: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;

  function begin(): Promise<T> {
    next = null;
    const seen = look();
    mayLook = Promise.all([seen, sleep(gapMs)]);
    return seen;
  }

  return () => {
    next ??= mayLook.then(begin);
    return next;
  };
}
