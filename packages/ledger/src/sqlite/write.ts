import type { CallRow, NewBudgetRow, NewCall, NewKeyRow } from "../rows.ts";
import type { Changes } from "../store.ts";
import { isPending, SETTLED_COLUMNS } from "../stored-call.ts";
import { createApprovalWriter } from "./approvals.ts";
import { CALL_INSERT, insertedValues } from "./call-rows.ts";
import type { SqliteDriver } from "./driver.ts";

type Write<T> = (value: T) => void;

/** Writes what a batch decided, inside its transaction: all but the clock. */
export function createWrite(driver: SqliteDriver): Write<Changes> {
  const writeBudget = createBudgetWriter(driver);
  const writeKey = createKeyWriter(driver);
  const writeCall = createCallWriter(driver);
  const settleCall = createSettlementWriter(driver);
  const writeBooks = createBookWriter(driver);
  const writeApproval = createApprovalWriter(driver);
  const giveBack = driver.prepare("UPDATE calls SET claim_live = 0 WHERE sequence = ?");
  const keepAnswer = driver.prepare(
    `INSERT INTO answers (call, status, headers, body) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET status = excluded.status, headers = excluded.headers, body = excluded.body`,
  );
  const forgetAnswers = driver.prepare(
    `UPDATE answers SET body = NULL, delivered = 1 WHERE call IN (SELECT sequence FROM calls
       WHERE object_id = ? AND vendor = ? AND account = ? AND simulate = ? AND claim_scope = ? AND claim_live = 1)`,
  );
  const deliver = driver.prepare("UPDATE answers SET delivered = 1 WHERE call = ?");
  const countKey = driver.prepare(
    "UPDATE vault_key_counters SET calls = ?, rate_number = ?, newest_call = ? WHERE vault_key = ?",
  );
  const revoke = driver.prepare("UPDATE vault_keys SET revoked_at = ? WHERE id = ?");
  const pause = driver.prepare("UPDATE vault_keys SET paused_at = ? WHERE id = ?");
  const pauseAbove = driver.prepare("UPDATE vault_keys SET paused_above = ? WHERE id = ?");
  const rotate = driver.prepare(
    "UPDATE vault_keys SET hash = ?, previous_hash = ?, previous_ends_at = ? WHERE id = ?",
  );
  const setStops = driver.prepare("UPDATE ledger_clock SET stops = ?");
  const setCap = driver.prepare("UPDATE budgets SET cap_micros = ? WHERE id = ?");
  const disown = driver.prepare(
    "UPDATE calls SET state = 'unknown', owner = NULL WHERE state = 'held' AND state <> 'none' AND owner = ?",
  );
  return (changes) => {
    for (const row of changes.newBudgets) writeBudget(row);
    for (const row of changes.newKeys) writeKey(row);
    // Before new claims: the same claim may be made anew by the very batch that gave it back.
    for (const sequence of changes.claimsGivenBack) giveBack.run(sequence);
    for (const row of changes.newCalls) {
      writeCall(row);
      if (changes.claimsGivenBack.includes(row.sequence)) giveBack.run(row.sequence);
    }
    for (const row of changes.calls.values()) settleCall(row);
    for (const { objectIds, vendor, account, simulate, scope } of changes.undone) {
      for (const id of objectIds) forgetAnswers.run(id, vendor, account, simulate ? 1 : 0, scope);
    }
    for (const [sequence, { status, headers, body }] of changes.answers) {
      keepAnswer.run(sequence, status, JSON.stringify(headers), body);
    }
    for (const sequence of changes.delivered) deliver.run(sequence);
    for (const { calls, rateNumber, newestCall, sequence } of changes.keys.values()) {
      countKey.run(calls, rateNumber, newestCall, sequence);
    }
    for (const [id, at] of changes.revocations) revoke.run(at, id);
    for (const [id, at] of changes.pauses) pause.run(at, id);
    for (const [id, above] of changes.pausesAbove) pauseAbove.run(above, id);
    for (const [id, { hash, previousHash, previousEndsAt }] of changes.rotations) {
      rotate.run(hash, previousHash, previousEndsAt, id);
    }
    if (changes.stops !== null)
      setStops.run(changes.stops.length === 0 ? null : JSON.stringify(changes.stops));
    for (const [id, capMicros] of changes.caps) setCap.run(capMicros, id);
    writeBooks(changes);
    for (const approval of changes.approvals.values()) writeApproval(approval);
    for (const owner of changes.deadOwners) disown.run(owner);
  };
}

function createBudgetWriter(driver: SqliteDriver): Write<NewBudgetRow> {
  const insert = driver.prepare(
    `INSERT INTO budgets (id, name, cap_micros, window_ms, parent_id, created_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const insertBook = driver.prepare("INSERT INTO books (id, budget_id, simulate) VALUES (?, ?, ?)");
  return ({ id, name, capMicros, windowMs, parentId, createdAt, bookIds }) => {
    insert.run(id, name, capMicros, windowMs, parentId, createdAt);
    for (const book of bookIds) insertBook.run(book, id, book % 2);
  };
}

function createKeyWriter(driver: SqliteDriver): Write<NewKeyRow> {
  const insert = driver.prepare(
    `INSERT INTO vault_keys (sequence, id, hash, name, vendor, account, role, policy, labels, simulate,
       created_at, expires_at, max_calls, rate_per_minute, budgets, parent_id, root_id, paused_above)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
  );
  const insertCounters = driver.prepare("INSERT INTO vault_key_counters (vault_key) VALUES (?)");
  const insertBook = driver.prepare(
    "INSERT INTO vault_key_books (vault_key, position, book_id) VALUES (?, ?, ?)",
  );
  return ({ key, sequence, bookIds }) => {
    insert.run(
      sequence,
      key.id,
      key.hash,
      key.name,
      key.vendor,
      key.account,
      key.role,
      JSON.stringify(key.policy),
      JSON.stringify(key.labels),
      key.simulate ? 1 : 0,
      key.createdAt,
      key.expiresAt,
      key.maxCalls,
      key.ratePerMinute,
      JSON.stringify(key.budgets),
      key.parentId,
      key.rootId,
    );
    insertCounters.run(sequence);
    for (const [position, book] of bookIds.entries()) insertBook.run(sequence, position, book);
  };
}

function createCallWriter(driver: SqliteDriver): Write<NewCall> {
  const insert = driver.prepare(CALL_INSERT);
  const insertLabel = driver.prepare("INSERT INTO call_labels (name, value, call) VALUES (?, ?, ?)");
  return (row) => {
    insert.run(...insertedValues(row));
    for (const name in row.call.labels) insertLabel.run(name, row.call.labels[name] ?? null, row.sequence);
  };
}

/** Says nothing of the claim, so that its index stays as it is. The body is kept while it may be sent again. */
const SETTLE = `UPDATE calls SET ${SETTLED_COLUMNS.map(({ column }) => `${column} = ?`).join(", ")},
  claim_body = CASE WHEN ? THEN claim_body END
  WHERE sequence = ?`;

function createSettlementWriter(driver: SqliteDriver): Write<CallRow> {
  const update = driver.prepare(SETTLE);
  return (row) => {
    update.run(...SETTLED_COLUMNS.map(({ field }) => row[field]), isPending(row.state) ? 1 : 0, row.sequence);
  };
}

function createBookWriter(driver: SqliteDriver): Write<Changes> {
  const update = driver.prepare(
    `UPDATE books SET held_micros = ?, posted_micros = ?, oldest_posted_at = ?, granted_cap_micros = ?
       WHERE id = ?`,
  );
  const deleteExpired = driver.prepare("DELETE FROM postings WHERE book_id = ? AND posted_at <= ?");
  const upsertPosting = driver.prepare(
    `INSERT INTO postings (book_id, posted_at, micros) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET micros = micros + excluded.micros`,
  );
  return ({ books, expiredUpTo, postings, clock }) => {
    for (const { id, heldMicros, postedMicros, oldestPostedAt, grantedCapMicros } of books.values()) {
      update.run(heldMicros, postedMicros, oldestPostedAt, grantedCapMicros, id);
    }
    for (const [id, upTo] of expiredUpTo) deleteExpired.run(id, upTo);
    if (clock === null) return;
    for (const [id, micros] of postings) upsertPosting.run(id, clock.at, micros);
  };
}
