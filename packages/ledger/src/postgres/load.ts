import { assertBooks } from "../errors.ts";
import type { KeyRow } from "../rows.ts";
import type { LoadedState, Needs } from "../store.ts";
import { approvalsAsked } from "./approvals.ts";
import { booksStatement, budgetsStatement, type LineRow, readBooks, type StoredBook } from "./books.ts";
import { type LedgerClock, readStops } from "./clock.ts";
import { type Rows, type Statement, toJson } from "./connect.ts";
import { RECENT_MS } from "./limits.ts";
import { claimedCalls, objectSums, objectsAsked, pendingOfObjects, settledCalls } from "./load-calls.ts";
import { familiesStatement, keysStatement, readKeys, type StoredKey } from "./load-keys.ts";
import type { Part, Places, Reading } from "./loading.ts";
import type { Session } from "./writer.ts";

export interface Load {
  /** What is sent with the lock. Rows are looked for where they are likely: in the days before `seenAt` and since. */
  statements(seenAt: number): readonly Statement[];
  /** The state, from their rows. Asks once more when a row is older. */
  read(
    session: Session,
    clock: LedgerClock,
    loaded: readonly Rows[],
  ): Promise<{ state: LoadedState; places: Places }>;
}

/** Loads what a batch needs, after the lock. */
export function createLoad(needs: Needs): Load {
  const parts = [
    takenCalls(needs),
    takenKeys(needs),
    settledCalls(needs),
    objectSums(needs),
    pendingOfObjects(needs),
    claimedCalls(needs),
    keys(needs),
    families(needs),
    books(needs),
    budgets(needs),
    booksOfBudgets(needs),
    approvalsAsked(needs),
  ].filter(({ isNeeded }) => isNeeded);

  function readAll(clock: LedgerClock, loaded: readonly Rows[]): Reading {
    const reading: Reading = { state: emptyState(clock, needs.at), places: new Map(), oldest: null };
    for (const [index, part] of parts.entries()) part.read(loaded[index] ?? [], reading);
    return reading;
  }

  return {
    statements: (seenAt) => parts.map((part) => part.statement(Math.max(0, seenAt - RECENT_MS))),
    read: async (session, clock, loaded) => {
      const recent = readAll(clock, loaded);
      const { oldest } = recent;
      if (oldest === null) return recent;
      return readAll(clock, await session.send(parts.map((part) => part.statement(oldest))));
    },
  };
}

function emptyState(clock: LedgerClock, at: number): LoadedState {
  return {
    now: Math.max(clock.latestAt, at),
    stops: readStops(clock.stops),
    firstNumber: { call: clock.lastCall + 1, key: clock.lastKey + 1, budget: clock.lastBudget + 1 },
    keys: new Map(),
    calls: new Map(),
    claims: new Map(),
    takenCallIds: new Set(),
    takenKeyIds: new Set(),
    takenKeyHashes: new Set(),
    budgets: new Map(),
    books: new Map(),
    objects: new Map(),
    approvals: new Map(),
  };
}

const TAKEN_CALLS = `SELECT call_id AS "callId" FROM call_ids
  WHERE call_id IN (SELECT json_array_elements_text($1::text::json))`;

function takenCalls({ newCallIds }: Needs): Part {
  return {
    isNeeded: newCallIds.size > 0,
    statement: () => ({ sql: TAKEN_CALLS, values: [toJson([...newCallIds])] }),
    read: (rows, { state }) => {
      for (const { callId } of rows as unknown as { callId: string }[]) state.takenCallIds.add(callId);
    },
  };
}

const TAKEN_KEYS = `SELECT id, hash, previous_hash AS "previousHash" FROM vault_keys
  WHERE id IN (SELECT json_array_elements_text($1::text::json))
    OR hash IN (SELECT json_array_elements_text($2::text::json))
    OR previous_hash IN (SELECT json_array_elements_text($2::text::json))`;

type TakenKey = Pick<KeyRow, "id" | "hash" | "previousHash">;

function takenKeys({ newKeys }: Needs): Part {
  return {
    isNeeded: newKeys.length > 0,
    statement: () => ({
      sql: TAKEN_KEYS,
      values: [
        toJson(newKeys.map(({ id }) => id).filter((id) => id !== null)),
        toJson(newKeys.map(({ hash }) => hash)),
      ],
    }),
    read: (rows, { state }) => {
      for (const { id, hash, previousHash } of rows as unknown as TakenKey[]) {
        state.takenKeyIds.add(id);
        state.takenKeyHashes.add(hash);
        if (previousHash !== null) state.takenKeyHashes.add(previousHash);
      }
    },
  };
}

const asksKeys = ({ keys: asked, calls, objects }: Needs): boolean =>
  asked.size > 0 || calls.size > 0 || objects.size > 0;

/** The keys that are asked for, and those of calls that hold or post money (`WANTED_KEYS`). */
function keysAsked(needs: Needs, from: number): Statement["values"] {
  const wanted = [...needs.keys].map(([id, need]) => ({
    ...{ id, withBooks: need.books, rateAnchors: need.rateAnchors },
  }));
  const settled = [...needs.calls].map(([id, { posts }]) => ({ id, posts }));
  return [toJson(wanted), toJson(settled), from, objectsAsked(needs)];
}

function keys(needs: Needs): Part {
  return {
    isNeeded: asksKeys(needs),
    statement: (from) => keysStatement(keysAsked(needs, from)),
    read: (rows, { state }) => readKeys(rows as unknown as StoredKey[], needs, state),
  };
}

/** Behind `keys`: one that was asked for itself has its books. */
function families(needs: Needs): Part {
  return {
    isNeeded: needs.families.size > 0,
    statement: () => familiesStatement(toJson([...needs.families])),
    read: (rows, { state }) => {
      const others = (rows as unknown as StoredKey[]).filter(({ id }) => !state.keys.has(id));
      readKeys(others, needs, state);
    },
  };
}

function books(needs: Needs): Part {
  return {
    isNeeded: asksKeys(needs),
    statement: (from) => booksStatement("keys", needs.at, keysAsked(needs, from)),
    read: (rows, { state }) => readBooks(rows as unknown as StoredBook[], state),
  };
}

function budgets(needs: Needs): Part {
  return {
    isNeeded: needs.budgets.size > 0,
    statement: () => budgetsStatement(toJson([...needs.budgets])),
    read: (rows, { state }) => {
      for (const { lineage, ...budget } of rows as unknown as LineRow[]) {
        assertBooks(lineage.length > 0, `the line of budget ${budget.id} is missing`);
        state.budgets.set(budget.name, { ...budget, lineage });
      }
    },
  };
}

function booksOfBudgets(needs: Needs): Part {
  return {
    isNeeded: needs.budgets.size > 0,
    statement: () => booksStatement("budgets", needs.at, [toJson([...needs.budgets])]),
    read: (rows, { state }) => readBooks(rows as unknown as StoredBook[], state),
  };
}
