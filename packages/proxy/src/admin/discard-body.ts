import { setTimeout as pass } from "node:timers/promises";
import { LIMITS } from "../limits.ts";

/**
 * Reads a body that is refused to its end, and throws it away: what stands behind it on the connection can be read then.
 * False when it did not end in time, or somebody else reads it: then the connection is of no use any more.
 */
export async function discardBody(body: ReadableStream<unknown> | null): Promise<boolean> {
  if (body === null) return true;
  if (body.locked) return false;
  const stop = new AbortController();
  const late = pass(LIMITS.lingerMs, null, { signal: stop.signal }).catch(() => null);
  const reader = body.getReader();
  try {
    for (;;) {
      const part = await Promise.race([reader.read(), late]);
      if (part === null) return false;
      if (part.done) return true;
    }
  } catch {
    return false;
  } finally {
    stop.abort();
  }
}
