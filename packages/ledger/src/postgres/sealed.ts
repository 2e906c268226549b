import { type Rows, type Statement, statement, toJson } from "./connect.ts";
import type { Transactions } from "./transactions.ts";

/** Small texts that replicas share beside the books. Whoever keeps a secret here seals it first. */
export interface SealedTexts {
  /**
   * Shows all texts by name, and writes those that `decide` answers in the same transaction: no other replica's comes
   * between. Durable, for all of them, when it resolves. `decide` may be asked again; what it was shown last is what
   * was there.
   */
  changeSealed(
    decide: (texts: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ): Promise<void>;
}

const ALL = statement("SELECT name, box FROM sealed");
const WRITE = `INSERT INTO sealed SELECT key, value FROM json_each_text($1::text::json)
  ON CONFLICT (name) DO UPDATE SET box = excluded.box`;

export function createSealedTexts(transactions: Transactions): SealedTexts {
  return {
    changeSealed: (decide) =>
      transactions.decideOn(ALL, (rows: Rows): readonly Statement[] => {
        const changed = decide(Object.fromEntries(rows.map(({ name, box }) => [String(name), String(box)])));
        return Object.keys(changed).length === 0 ? [] : [{ sql: WRITE, values: [toJson(changed)] }];
      }),
  };
}
