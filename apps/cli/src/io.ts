import type { Readable, Writable } from "node:stream";
import type { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** One of the two outputs. */
export interface Output {
  /** Of the terminal; undefined when there is none. */
  readonly columns: number | undefined;
  /** Lines of the terminal; undefined when there is none. */
  readonly rows: number | undefined;
  /** Resolves when the text has left, so that a slow reader slows the writer down. */
  write(text: string): Promise<void>;
  /** The text in colour on a terminal, as it is elsewhere (and with NO_COLOR). */
  style(format: Format, text: string): string;
}

/** Everything the commands take from the process; tests pass their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results only: tables, JSON, CSV. */
  readonly stdout: Output;
  /** Everything for a person: errors, notes, logs. */
  readonly stderr: Output;
  /** Where JSON log lines go. */
  readonly log: { write(line: string): void };
  /** Where a person can be asked something; null when nobody is there. */
  readonly terminal: { readonly input: Readable; readonly output: Writable } | null;
  readonly fetch: typeof fetch;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /** Resolves after `ms`, or at once when the signal is aborted; rejects never. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /**
   * Aborted by the first SIGINT or SIGTERM; the second ends the process at once. Until this is called,
   * signals end the process as they always do.
   */
  readonly stopSignal: () => AbortSignal;
}
