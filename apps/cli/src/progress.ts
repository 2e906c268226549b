import type { Io } from "./io.ts";

/** What is being done, on one line that the next replaces. */
export interface Progress {
  say(what: string): Promise<void>;
  /** Before anything else is written. */
  clear(): Promise<void>;
}

const CLEAR_LINE = "\r\u001b[2K";

/** For what takes longer than a second: on a terminal alone, on stderr, so that results stay clean. */
export function startProgress({ stderr }: Pick<Io, "stderr">): Progress {
  const { columns } = stderr;
  if (columns === undefined) return { say: async () => {}, clear: async () => {} };
  return {
    say: (what) => stderr.write(`${CLEAR_LINE}${stderr.style("dim", `… ${what}`.slice(0, columns - 1))}`),
    clear: () => stderr.write(CLEAR_LINE),
  };
}
