import type { AlertSql } from "../alerts/create-alert-book.ts";
import { SPEND_TAIL_ROWS } from "../limits.ts";
import type { SpendBook, SpendPart } from "./spend-book.ts";
import { ADVANCE, readSpend, STANDING } from "./statements.ts";

interface Standing {
  readonly told: number;
  readonly newest: number;
  readonly open: number;
}

/** The book over a store's SQL. */
export function createSpendBook(store: AlertSql): SpendBook {
  const standing = async (): Promise<Standing> => {
    const [row] = await store.rows<Standing>(STANDING);
    return row ?? { told: 0, newest: 0, open: 0 };
  };
  return {
    advance: async () => {
      const before = await standing();
      if (before.newest <= before.told && before.open === 0) return false;
      await store.run(ADVANCE);
      const { told, newest } = await standing();
      return told < newest;
    },
    read: async (query) => {
      const { told, newest } = await standing();
      const parts = await store.rows<SpendPart>(readSpend(query));
      // SQLite's rows have no prototype; the interface's are plain objects.
      return {
        parts: parts.map((part) => ({ ...part })),
        newest,
        told: Math.min(told + SPEND_TAIL_ROWS, newest),
      };
    },
  };
}
