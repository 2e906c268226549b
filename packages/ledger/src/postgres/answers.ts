import type { Sql } from "postgres";
import { listeningAddress } from "./address.ts";
import { connect, type Statement, toJson } from "./connect.ts";

/*
 * Replicas tell each other of the calls that have their answer, with the commit that makes it so. To hear of them takes a
 * connection that stays one session: behind a pooler by transaction nothing is heard.
 */

const CHANNEL = "keybrake_answered";

/** Of the 8,000 bytes that a notification may have (postgresql.org/docs/current/sql-notify.html), those for ids. */
const IDS_BYTES_MAX = 7_000;

interface Notice {
  readonly owner: string;
  readonly answered: readonly string[];
}

export function notices(owner: string, answered: readonly string[]): Statement[] {
  return chunks(answered).map((ids) => ({
    sql: `SELECT pg_notify('${CHANNEL}', $1::text)`,
    values: [toJson({ owner, answered: ids } satisfies Notice)],
  }));
}

function chunks(ids: readonly string[]): string[][] {
  const all: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const bytes = Buffer.byteLength(toJson(id)) + 1;
    if (bytes > IDS_BYTES_MAX) continue;
    if (bytes > room || all.length === 0) {
      all.push([]);
      room = IDS_BYTES_MAX;
    }
    room -= bytes;
    all.at(-1)?.push(id);
  }
  return all;
}

export interface Following {
  follow(listener: (answered: readonly string[]) => void): void;
  end(): Promise<void>;
}

/** Listens, on a connection of its own, from the first who follows on. */
export function createFollowing(url: string, owner: string): Following {
  const address = listeningAddress(url);
  let client: Sql | null = null;
  return {
    follow: (listener) => {
      client ??= connect({ url: address, connections: 1 });
      const hear = (payload: string): void => {
        const notice: Notice = JSON.parse(payload);
        if (notice.owner !== owner) listener(notice.answered);
      };
      // A connection that is lost is made again by the client. One that was never made: the rows are in the audit log.
      client.listen(CHANNEL, hear).catch(() => {});
    },
    end: async () => {
      await client?.end({ timeout: 1 });
    },
  };
}
