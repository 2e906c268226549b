import type { ClaimIdentity } from "../requests.ts";
import { bookId, type CallRow, type KeyRow, type LoadedBook } from "../rows.ts";
import type { KeyNeed, LoadedState, Needs } from "../store.ts";
import { CALL_ROW_SELECT, IS_COUNTED, IS_OPEN } from "../stored-call.ts";
import { createApprovalLoader } from "./approvals.ts";
import type { BookStatements } from "./book-statements.ts";
import type { LedgerClock } from "./clock.ts";
import type { SqliteDriver } from "./driver.ts";
import { NO_ANCHORS, type WarmRows } from "./warm-rows.ts";

type Loader = (state: LoadedState, needs: Needs) => void;

/** Loads what a batch needs, inside its transaction. */
export function createLoad(
  driver: SqliteDriver,
  books: BookStatements,
  warm: WarmRows,
): (needs: Needs, clock: LedgerClock) => LoadedState {
  const selectNextKey = driver.prepare<{ readonly next: number }>(
    "SELECT coalesce(max(sequence), 0) + 1 AS next FROM vault_keys",
  );
  const selectNextBudget = driver.prepare<{ readonly next: number }>(
    "SELECT coalesce(max(id), 0) + 1 AS next FROM budgets",
  );
  const loadKey = createKeyLoader(driver, books, warm);
  const loaders: readonly Loader[] = [
    createTakenLoader(driver),
    createCallLoader(driver, loadKey, warm),
    createObjectLoader(driver, loadKey),
    createClaimLoader(driver),
    createApprovalLoader(driver),
    (state, needs) => {
      for (const [id, need] of needs.keys) loadKey(state, id, need);
    },
    createFamilyLoader(driver, loadKey),
    (state, needs) => {
      for (const name of needs.budgets) loadBudget(books, state, name);
    },
  ];
  return (needs, clock) => {
    const { keys, budgets } = needs.numbers;
    const state: LoadedState = {
      now: Math.max(clock.latestAt, needs.at),
      stops: clock.stops,
      objects: new Map(),
      firstNumber: {
        call: clock.lastSequence + 1,
        key: keys === 0 ? 0 : (selectNextKey.get()?.next ?? 1),
        budget: budgets === 0 ? 0 : (selectNextBudget.get()?.next ?? 1),
      },
      keys: new Map(),
      calls: new Map(),
      claims: new Map(),
      takenCallIds: new Set(),
      takenKeyIds: new Set(),
      takenKeyHashes: new Set(),
      budgets: new Map(),
      books: new Map(),
      approvals: new Map(),
    };
    for (const load of loaders) load(state, needs);
    return state;
  };
}

function createTakenLoader(driver: SqliteDriver): Loader {
  const selectCall = driver.prepare("SELECT 1 FROM calls WHERE call_id = ?");
  const selectKeyId = driver.prepare("SELECT 1 FROM vault_keys WHERE id = ?");
  const selectKeyHash = driver.prepare("SELECT 1 FROM vault_keys WHERE hash = ? OR previous_hash = ?");
  return (state, needs) => {
    for (const callId of needs.newCallIds) {
      if (selectCall.get(callId) !== undefined) state.takenCallIds.add(callId);
    }
    for (const { id, hash } of needs.newKeys) {
      if (id !== null && selectKeyId.get(id) !== undefined) state.takenKeyIds.add(id);
      if (selectKeyHash.get(hash, hash) !== undefined) state.takenKeyHashes.add(hash);
    }
  };
}

const CALL_ROW = `${CALL_ROW_SELECT}, coalesce(claim_live, 0) AS claimLive`;

interface SqliteCall extends Omit<CallRow, "simulate" | "hasClaim" | "claim"> {
  readonly simulate: number;
  readonly claimLive: number;
}

function toCallRow({ claimLive, simulate, ...call }: SqliteCall): CallRow {
  return { ...call, simulate: simulate === 1, hasClaim: claimLive === 1, claim: null };
}

function createCallLoader(driver: SqliteDriver, loadKey: KeyLoader, warm: WarmRows): Loader {
  const select = driver.prepare<SqliteCall>(`SELECT ${CALL_ROW} FROM calls WHERE call_id = ?`);
  const read = (callId: string): CallRow | undefined => {
    const row = select.get(callId);
    return row === undefined ? undefined : toCallRow(row);
  };
  return (state, needs) => {
    for (const [callId, { posts }] of needs.calls) {
      const row = warm.call(callId) ?? read(callId);
      if (row === undefined) continue;
      state.calls.set(callId, row);
      if (posts || row.usdMicros > 0) loadKey(state, row.vaultKeyId, SETTLED_KEY);
    }
  };
}

/** What was counted for objects, and who holds money for them. */
function createObjectLoader(driver: SqliteDriver, loadKey: KeyLoader): Loader {
  const OF_OBJECT = "object_id = ? AND vendor = ? AND account = ? AND simulate = ?";
  const sum = driver.prepare<{ micros: number | null }>(
    `SELECT sum(usd_micros) AS micros FROM calls WHERE ${OF_OBJECT} AND ${IS_COUNTED}`,
  );
  const selectPending = driver.prepare<SqliteCall>(
    `SELECT ${CALL_ROW} FROM calls WHERE ${OF_OBJECT} AND ${IS_OPEN}`,
  );
  return (state, needs) => {
    for (const [id, { objectId, vendor, account, simulate }] of needs.objects) {
      const values = [objectId, vendor, account, simulate ? 1 : 0] as const;
      const pending = selectPending.all(...values);
      for (const row of pending) {
        state.calls.set(row.callId, toCallRow(row));
        loadKey(state, row.vaultKeyId, SETTLED_KEY);
      }
      const countedMicros = sum.get(...values)?.micros ?? 0;
      state.objects.set(id, { countedMicros, pending: new Set(pending.map(({ callId }) => callId)) });
    }
  };
}

interface SqliteClaimed extends SqliteCall {
  readonly actDigest: string;
  readonly sharedDigest: string;
  readonly body: string | null;
  readonly upstreamIdempotencyKey: string;
  readonly idempotencyKey: string | null;
  readonly delivered: number | null;
  readonly answerStatus: number | null;
  readonly answerHeaders: string | null;
  readonly answerBody: string | null;
}

function createClaimLoader(driver: SqliteDriver): Loader {
  const select = driver.prepare<SqliteClaimed>(
    `SELECT ${CALL_ROW}, act_digest AS actDigest,
       coalesce(shared_digest, act_digest) AS sharedDigest, claim_body AS body,
       upstream_idempotency_key AS upstreamIdempotencyKey, idempotency_key AS idempotencyKey,
       answers.delivered, answers.status AS answerStatus,
       answers.headers AS answerHeaders, answers.body AS answerBody
       FROM calls LEFT JOIN answers ON answers.call = calls.sequence WHERE ${BY_CLAIM}`,
  );
  return (state, needs) => {
    for (const [id, claim] of needs.claims) {
      const row = select.get(...claimValues(claim));
      if (row === undefined) continue;
      state.calls.set(row.callId, toClaimed(row, id));
      state.claims.set(id, row.callId);
    }
  };
}

/** The one call that has a claim; `claimValues` in this order. */
export const BY_CLAIM =
  "claim_key = ? AND claim_scope = ? AND account = ? AND vendor = ? AND simulate = ? AND claim_live = 1";

export function claimValues({ vendor, account, simulate, scope, key }: ClaimIdentity) {
  return [key, scope, account, vendor, simulate ? 1 : 0] as const;
}

function toClaimed(row: SqliteClaimed, id: string): CallRow {
  const { actDigest, sharedDigest, body, upstreamIdempotencyKey, idempotencyKey, ...rest } = row;
  const { answerStatus: status, answerHeaders: headers, answerBody, delivered, ...call } = rest;
  const isAnswered = status !== null && answerBody !== null;
  const answer = isAnswered ? { status, headers: JSON.parse(headers ?? "{}"), body: answerBody } : null;
  const sent = { sharedDigest, body, upstreamIdempotencyKey, idempotencyKey };
  return { ...toCallRow(call), claim: { id, actDigest, ...sent, answer, delivered: delivered === 1 } };
}

/** All that come of a key, whatever their depth. */
function createFamilyLoader(driver: SqliteDriver, loadKey: KeyLoader): Loader {
  const select = driver.prepare<{ readonly id: string }>(
    `WITH RECURSIVE below (id) AS (SELECT id FROM vault_keys WHERE parent_id = ?
       UNION ALL SELECT k.id FROM vault_keys k JOIN below ON k.parent_id = below.id) SELECT id FROM below`,
  );
  return (state, needs) => {
    for (const ancestor of needs.families) {
      for (const { id } of select.all(ancestor)) loadKey(state, id, FAMILY_KEY);
    }
  };
}

const FAMILY_KEY: KeyNeed = { books: false, rateAnchors: 0 };

type KeyLoader = (state: LoadedState, id: string, need: KeyNeed) => void;

/** What a settlement that moves money needs of the call's key. */
const SETTLED_KEY: KeyNeed = { books: true, rateAnchors: 0 };

interface SqliteKey extends Omit<KeyRow, "simulate" | "rateAnchors" | "bookIds"> {
  readonly simulate: number;
}

function createKeyLoader(driver: SqliteDriver, books: BookStatements, warm: WarmRows): KeyLoader {
  const select = driver.prepare<SqliteKey>(
    `SELECT k.id, k.sequence, k.vendor, k.account, k.simulate, k.expires_at AS expiresAt,
       k.revoked_at AS revokedAt, k.paused_at AS pausedAt, k.paused_above AS pausedAbove, k.parent_id AS parentId, k.root_id AS rootId, k.hash, k.previous_hash AS previousHash,
       k.previous_ends_at AS previousEndsAt, k.max_calls AS maxCalls, k.rate_per_minute AS ratePerMinute, n.calls,
       n.rate_number AS rateNumber, n.newest_call AS newestCall
       FROM vault_keys k CROSS JOIN vault_key_counters n ON n.vault_key = k.sequence WHERE k.id = ?`,
  );
  const loadAnchors = createAnchorLoader(driver);
  return (state, id, need) => {
    const row = state.keys.get(id) ?? warm.key(id) ?? toKey(select.get(id));
    if (row === null) return;
    let { bookIds, rateAnchors } = row;
    if (need.books) bookIds = loadBooks(state, row);
    if (need.rateAnchors > 0) rateAnchors = loadAnchors(row, need.rateAnchors);
    const isWhole = bookIds === row.bookIds && rateAnchors === row.rateAnchors;
    state.keys.set(id, isWhole ? row : { ...row, bookIds, rateAnchors });
  };

  function loadBooks(state: LoadedState, { sequence, bookIds }: KeyRow): readonly number[] {
    if (bookIds.length > 0 && bookIds.every((bookId) => isLoaded(state, bookId))) return bookIds;
    const loaded = books.ofKey(sequence, state.now);
    for (const book of loaded) putBook(state, book);
    return loaded.map(({ id }) => id);
  }

  function isLoaded(state: LoadedState, id: number): boolean {
    if (state.books.has(id)) return true;
    const book = warm.book(id);
    if (book !== undefined) state.books.set(id, books.at(book, state.now));
    return book !== undefined;
  }
}

function toKey(row: SqliteKey | undefined): KeyRow | null {
  if (row === undefined) return null;
  return { ...row, simulate: row.simulate === 1, rateAnchors: NO_ANCHORS, bookIds: [] };
}

const LONG_AGO = 0;

/** When the rows were booked that must leave the rate's window before so many more may come. */
function createAnchorLoader(
  driver: SqliteDriver,
): (key: KeyRow, count: number) => ReadonlyMap<number, number> {
  const select = driver.prepare<{ rateNumber: number; bookedAt: number }>(
    `SELECT rate_number AS rateNumber, booked_at AS bookedAt FROM calls
       WHERE vault_key_id = ? AND rate_number BETWEEN ? AND ?`,
  );
  return ({ id, ratePerMinute, rateNumber }, count) => {
    if (ratePerMinute === null || ratePerMinute === 0) return NO_ANCHORS;
    const first = rateNumber - ratePerMinute + 1;
    const last = Math.min(first + count - 1, rateNumber);
    if (last < 1) return NO_ANCHORS;
    const anchors = new Map<number, number>();
    // What was not kept left the rate's window long ago.
    for (let number = Math.max(1, first); number <= last; number++) anchors.set(number, LONG_AGO);
    for (const row of select.all(id, first, last)) anchors.set(row.rateNumber, row.bookedAt);
    return anchors;
  };
}

function loadBudget(books: BookStatements, state: LoadedState, name: string): void {
  const budget = books.findBudget(name);
  if (budget === null) return;
  const lineage = books.lineage(budget.id);
  state.budgets.set(name, { ...budget, lineage });
  for (const id of lineage) {
    for (const simulate of [false, true]) putBook(state, books.load(bookId(id, simulate), state.now));
  }
}

function putBook(state: LoadedState, book: LoadedBook): void {
  if (!state.books.has(book.id)) state.books.set(book.id, book);
}
