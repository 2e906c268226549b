import {
  type AlertBook,
  type AlertCursor,
  type AlertDelivery,
  type AlertTarget,
  type RevokedKey,
  type SeenCall,
  type TroubledCall,
  toldOverHold,
  toldRevoked,
  toldUnknown,
} from "./alert-book.ts";
import * as sql from "./statements.ts";

/** What a store must do for it: its SQL is the same everywhere. */
export interface AlertSql {
  /** All in one transaction; resolves when it is durable. */
  run(statements: readonly sql.AlertStatement[]): Promise<void>;
  rows<R>(statement: sql.AlertStatement): Promise<readonly R[]>;
}

type TargetRow = Omit<AlertTarget, "types"> & { readonly types: string | null };
/** SQLite has no booleans. */
type SeenRow = Omit<SeenCall, "simulate"> & { readonly simulate: boolean | number };

/** The alert book over a store's SQL. */
export function createAlertBook(store: AlertSql): AlertBook {
  return {
    listTargets: async () => {
      const rows = await store.rows<TargetRow>(sql.LIST_TARGETS);
      return rows.map((row) => ({ ...row, types: row.types === null ? null : JSON.parse(row.types) }));
    },
    addTarget: (target) => store.run([sql.beginNow(target.createdAt), sql.addTarget(stored(target))]),
    putTarget: (target) => store.run([sql.beginNow(target.createdAt), sql.putTarget(stored(target))]),
    removeTarget: (id) => store.run(sql.removeTarget(id)),
    fire: (firings, bounds) => store.run(sql.fire(firings, bounds)),
    dueTargets: async (at) => (await store.rows<{ id: string }>(sql.dueTargets(at))).map(({ id }) => id),
    claim: async (asked) => {
      await store.run([sql.claim(asked)]);
      const [delivery] = await store.rows<AlertDelivery>(sql.claimed(asked.token));
      // SQLite's rows have no prototype; the interface's are plain objects.
      return delivery === undefined ? null : { ...delivery };
    },
    noteOutcome: (outcome) => store.run([sql.noteOutcome(outcome)]),
    listDeliveries: async (page) => plain(await store.rows<AlertDelivery>(sql.listDeliveries(page))),
    cursor: async () => plain(await store.rows<AlertCursor>(sql.CURSOR))[0] ?? null,
    moveCursor: (to) => store.run([sql.moveCursor(to)]),
    seeCalls: async (after, limit) => {
      const rows = await store.rows<SeenRow>(sql.seeCalls(after, limit));
      return rows.map((row) => ({ ...row, simulate: Boolean(row.simulate) }));
    },
    untoldUnknown: async (limit) =>
      plain(await store.rows<TroubledCall>(sql.untoldUnknown(toldUnknown(""), limit))),
    untoldOverHolds: async (since, limit) =>
      plain(await store.rows<TroubledCall>(sql.untoldOverHolds(toldOverHold(""), since, limit))),
    untoldRevoked: async (since, limit) =>
      plain(await store.rows<RevokedKey>(sql.untoldRevoked(toldRevoked(""), since, limit))),
  };
}

function stored({ types, ...target }: Omit<AlertTarget, "dropped">): sql.StoredTarget {
  return { ...target, types: types === null ? null : JSON.stringify(types) };
}

function plain<R extends object>(rows: readonly R[]): R[] {
  return rows.map((row) => ({ ...row }));
}
