import { type Statement, toText } from "./connect.ts";
import type { Reader } from "./reader.ts";
import type { Transactions } from "./transactions.ts";

/** Small texts that replicas share beside the books. Whoever keeps a secret here seals it first. */
export interface SealedTexts {
  readSealed(): Promise<Readonly<Record<string, string>>>;
  /** Durable, for all replicas, when it resolves; replaces what had the name. */
  writeSealed(name: string, box: string): Promise<void>;
}

const ALL: Statement = { sql: "SELECT name, box FROM sealed", values: [] };
const WRITE = `INSERT INTO sealed VALUES ($1::text, $2::text) ON CONFLICT (name) DO UPDATE SET box = excluded.box`;

export function createSealedTexts(transactions: Transactions, reader: Reader): SealedTexts {
  return {
    readSealed: async () => {
      const rows = await reader.rows<{ name: string; box: string }>(ALL);
      return Object.fromEntries(rows.map(({ name, box }) => [name, box]));
    },
    writeSealed: (name, box) => transactions.run([{ sql: WRITE, values: [toText(name), toText(box)] }]),
  };
}
