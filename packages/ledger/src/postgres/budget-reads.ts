import type { BudgetUse, Store } from "../store.ts";
import { BOOK, BUDGET, lines, moment, type StoredBook, toBook } from "./books.ts";
import type { Reader } from "./reader.ts";

/** One row for each book, for real keys, of each budget and of its ancestors. `$1` is the moment. */
const use = (roots: string): string => `WITH RECURSIVE ${lines(roots)}
  SELECT l.root, s.name AS "budgetName", s."capMicros" AS "budgetCap", s."windowMs" AS "budgetWindow", s.parent,
    s."createdAt", ${BOOK}
  FROM line l JOIN (SELECT ${BUDGET} FROM budgets b LEFT JOIN budgets p ON p.id = b.parent_id) s ON s.id = l.root
  JOIN books o ON o.id = l.id * 2 JOIN budgets b ON b.id = o.budget_id ${moment("$1")}
  ORDER BY s.name, l.depth`;

const USE_BY_NAME = use("SELECT id FROM budgets WHERE name = $2::text");
const USE_PAGE = use("SELECT id FROM budgets WHERE name > $2::text ORDER BY name LIMIT $3::bigint");

type UseRow = StoredBook & {
  readonly root: number;
  readonly budgetName: string;
  readonly budgetCap: number;
  readonly budgetWindow: number | null;
  readonly parent: string | null;
  readonly createdAt: number;
};

export function createBudgetReads(reader: Reader): Pick<Store, "budgetUse" | "listBudgets"> {
  return {
    budgetUse: async (name, at) =>
      toUses(await reader.rows<UseRow>({ sql: USE_BY_NAME, values: [at, name] }))[0] ?? null,
    listBudgets: async ({ afterName, limit, at }) =>
      toUses(await reader.rows<UseRow>({ sql: USE_PAGE, values: [at, afterName, limit] })),
  };
}

function toUses(rows: readonly UseRow[]): BudgetUse[] {
  const uses = new Map<number, { budget: BudgetUse["budget"]; books: BudgetUse["books"][number][] }>();
  for (const { root, budgetName: name, budgetCap, budgetWindow, parent, createdAt, ...book } of rows) {
    const budget = { name, capMicros: budgetCap, windowMs: budgetWindow, parent, createdAt };
    const known = uses.get(root) ?? { budget, books: [] };
    known.books.push(toBook(book));
    uses.set(root, known);
  }
  return [...uses.values()];
}
