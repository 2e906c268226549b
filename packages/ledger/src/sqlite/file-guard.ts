import { type Stats, statSync } from "node:fs";
import { LedgerError } from "../errors.ts";

/**
 * Whether the open files are still those on the path. One that was removed or replaced goes on taking writes that
 * nobody will ever read again, while another process may open an empty store in its place: two processes would then
 * spend the same caps. Costs two calls of the system, a hundredth of a commit.
 */
export interface FileGuard {
  /** Throws `store_unavailable`. */
  check(): void;
}

export function createFileGuard(path: string): FileGuard {
  const files = path === ":memory:" ? [] : [path, `${path}-wal`];
  const seen = new Map<string, Stats>();
  return {
    check() {
      for (const file of files) {
        const now = statSync(file, { throwIfNoEntry: false });
        const before = seen.get(file);
        if (before === undefined) {
          // The log is made with the first write.
          if (now !== undefined) seen.set(file, now);
        } else if (now?.ino !== before.ino || now.dev !== before.dev) {
          throw new LedgerError(
            "store_unavailable",
            `The store's file ${file} was removed or replaced while it was open. Stop this process, put the file back, and start again.`,
            // As the system says it of a path with nothing on it: `storeFault` looks for that.
            { cause: { code: "ENOENT" } },
          );
        }
      }
    },
  };
}
