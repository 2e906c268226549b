import { createRun, type Run } from "@keybrake/core";
import { LIMITS } from "../limits.ts";

interface Entry {
  readonly vaultKeyId: string;
  readonly run: Run;
  readonly lastUsed: number;
}

/**
 * The runs of this process. Sessions and requests of one vault key that name the same run share it: its latch,
 * its write lock and its memory of acts. Bounded as sessions are; what is forgotten loses no money, for the
 * ledger knows every act.
 */
export interface RunTable {
  /** The run of this name. Throws `KeybrakeError` (`invalid_options`) when it cannot be one. */
  find(vaultKeyId: string, runId: string): Run;
  /** Notes that the run was used now, and remembers it again if it was forgotten meanwhile. */
  keep(vaultKeyId: string, run: Run): void;
}

export function createRunTable(clock: () => number): RunTable {
  /** The least recently used first. */
  const entries = new Map<string, Entry>();
  const nameOf = (vaultKeyId: string, runId: string) => `${vaultKeyId}\n${runId}`;

  function forgetOldest(of: (entry: Entry) => boolean, most: number): void {
    const names = [...entries].filter(([, entry]) => of(entry)).map(([name]) => name);
    for (const name of names.slice(0, Math.max(0, names.length - most))) entries.delete(name);
  }

  function keep(vaultKeyId: string, run: Run): void {
    const name = nameOf(vaultKeyId, run.runId);
    const isNew = !entries.delete(name);
    entries.set(name, { vaultKeyId, run, lastUsed: clock() });
    if (!isNew) return;
    // A key that names many runs pushes out its own first.
    forgetOldest((entry) => entry.vaultKeyId === vaultKeyId, LIMITS.mcpSessionsPerKey);
    forgetOldest(() => true, LIMITS.mcpSessions);
  }

  return {
    find(vaultKeyId, runId) {
      const known = entries.get(nameOf(vaultKeyId, runId));
      const alive = known !== undefined && clock() - known.lastUsed < LIMITS.mcpSessionIdleMs;
      const run = alive ? known.run : createRun({ runId });
      keep(vaultKeyId, run);
      return run;
    },
    keep,
  };
}
