import type { RecordRequest } from "@keybrake/ledger";
import type { Logger } from "pino";

/**
 * The rows of refusals beyond a key's share of a minute. The first of a kind has its own, durable before its answer and
 * before the answers of the others; they are counted, and one more row says when the minute ends how many they were
 * (`times`). So no answer is without a row, and a flood writes two of them a minute. A process that is killed leaves
 * the first row, and loses that minute's count.
 */
export interface SharedRows {
  /**
   * Resolves when the refusal may be answered; rejects when the store fails. `makeRow` is called for the first, and
   * for one of those that are counted.
   */
  add(
    kind: { readonly vaultKeyId: string; readonly code: string },
    makeRow: () => RecordRequest,
  ): Promise<void>;
  /** Writes what is counted, and ends. Never rejects: what the store does not take is said in the log. */
  close(): Promise<void>;
}

export interface SharedRowsDependencies {
  readonly write: (row: RecordRequest) => Promise<void>;
  /** Until the minute ends. */
  readonly secondsLeft: () => number;
  readonly log: Logger;
}

interface Tally {
  /** Settles with the row of the first. */
  readonly opened: Promise<void>;
  counted: RecordRequest | null;
  times: number;
}

export function createSharedRows({ write, secondsLeft, log }: SharedRowsDependencies): SharedRows {
  let tallies = new Map<string, Tally>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    const ended = tallies;
    tallies = new Map();
    await Promise.all([...ended].map(([kind, tally]) => close(kind, tally)));
  }

  async function close(kind: string, tally: Tally): Promise<void> {
    try {
      await tally.opened;
    } catch {
      // Those who waited for the first row were answered that the store fails.
      return;
    }
    const { counted, times } = tally;
    if (counted === null) return;
    try {
      await write({ ...counted, times });
    } catch (error) {
      log.error({ error: error instanceof Error ? error.message : "unknown", times }, "refusals not written");
      keep(kind, tally);
    }
  }

  /** What could not be written is counted on. */
  function keep(kind: string, tally: Tally): void {
    const begun = tallies.get(kind);
    if (begun === undefined) tallies.set(kind, tally);
    else {
      begun.counted ??= tally.counted;
      begun.times += tally.times;
    }
    flushLater();
  }

  function flushLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, secondsLeft() * 1000).unref();
  }

  function open(kind: string, row: RecordRequest): Promise<void> {
    const opened = write(row);
    tallies.set(kind, { opened, counted: null, times: 0 });
    opened.catch(() => {
      if (tallies.get(kind)?.opened === opened) tallies.delete(kind);
    });
    flushLater();
    return opened;
  }

  return {
    add({ vaultKeyId, code }, makeRow) {
      const kind = `${vaultKeyId} ${code}`;
      const tally = tallies.get(kind);
      if (tally === undefined) return open(kind, makeRow());
      tally.counted ??= makeRow();
      tally.times += 1;
      return tally.opened;
    },
    async close() {
      await flush();
      clearTimeout(timer);
    },
  };
}
