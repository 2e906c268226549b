import type { AdmissionClaim } from "../decide-admission.ts";
import type { SettlementState } from "../decide-settlement.ts";
import type { Call, CallState, Claim, ClaimRequest, Settlement, StoredAnswer } from "../types.ts";
import type { SqliteDriver } from "./driver.ts";

/** A new row: the call as the audit shows it, and what only the ledger needs. */
export interface NewCallRow {
  readonly call: Call;
  readonly sequence: number;
  readonly previousOfKey: number | null;
  readonly bookedAt: number;
  readonly rateNumber: number | null;
  readonly claim: ClaimRequest | null;
}

/** The call that holds a claim, and what a replay of it shows. */
export interface ClaimedCall extends AdmissionClaim {
  readonly code: string | null;
  readonly objectId: string | null;
}

/** The call that a settlement meets, and where it is. */
export interface SettledCall extends SettlementState {
  readonly sequence: number;
  readonly vaultKeyId: string;
}

/** What a settlement changes in its row. */
export interface SettledRow {
  readonly sequence: number;
  readonly settlement: Settlement;
  readonly state: CallState;
  readonly postedAt: number | null;
  readonly keepsClaim: boolean;
}

/** The calls, in SQL: rows, claims and answers. */
export interface CallStatements {
  exists(callId: string): boolean;
  insert(row: NewCallRow): void;
  find(callId: string): Call | null;
  findClaim(scope: string, key: string): Claim | null;
  loadClaim(scope: string, key: string): ClaimedCall | null;
  /** When the row with this number among the counted rows of a key was booked. */
  bookedAt(vaultKeyId: string, rateNumber: number): number | null;
  loadSettlement(callId: string): SettledCall | null;
  settle(row: SettledRow): void;
  /** Marks an unknown call as in flight once more. */
  hold(callId: string): void;
  countedCents(objectId: string, simulate: boolean): number;
  /** What a dead process held: nobody knows its outcome. */
  disown(): void;
}

/** The columns of a `Call`, under its names. */
export const CALL_COLUMNS = `call_id AS callId, at, vault_key_id AS vaultKeyId,
  vault_key_name AS vaultKeyName, role, run_id AS runId, agent, conversation_id AS conversationId, turn,
  traceparent, operation, method, path, idempotency_key AS idempotencyKey, amount_minor AS amountMinor,
  currency, usd_cents AS usdCents, decision, code, state, status,
  upstream_request_id AS upstreamRequestId, object_id AS objectId, latency_ms AS latencyMs`;

const INSERTED_COLUMNS = `sequence, previous_of_key, call_id, at, booked_at, vault_key_id, vault_key_name, role, run_id, agent,
  conversation_id, turn, traceparent, operation, method, path, idempotency_key, amount_minor, currency,
  usd_cents, decision, code, state, status, object_id, upstream_request_id, latency_ms, rate_number,
  claim_scope, claim_key, claim_live, act_digest, upstream_key, claim_body`;

/**
 * The exact figures replace the hold's only when money moved. A settlement that answered nobody (a
 * reconciler's) leaves the answer that was given as it is recorded.
 */
const SETTLE = `UPDATE calls SET state = ?1, posted_at = ?2,
  usd_cents = CASE WHEN ?1 = 'posted' THEN ?3 ELSE usd_cents END,
  amount_minor = CASE WHEN ?1 = 'posted' THEN ?4 ELSE amount_minor END,
  currency = CASE WHEN ?1 = 'posted' THEN ?5 ELSE currency END,
  code = CASE WHEN ?7 IS NULL THEN coalesce(?6, code) ELSE ?6 END,
  status = coalesce(?7, status), upstream_request_id = coalesce(?8, upstream_request_id),
  object_id = coalesce(?9, object_id), latency_ms = coalesce(?10, latency_ms),
  claim_live = CASE WHEN claim_live IS NULL THEN NULL ELSE ?11 END,
  claim_body = CASE WHEN ?1 = 'unknown' THEN claim_body END
  WHERE sequence = ?12`;

interface ClaimedCallRow extends Omit<ClaimedCall, "answer"> {
  readonly answerStatus: number | null;
  readonly answerHeaders: string | null;
  readonly answerBody: string | null;
}

export function createCallStatements(driver: SqliteDriver): CallStatements {
  const selectExists = driver.prepare("SELECT 1 FROM calls WHERE call_id = ?");
  const insert = driver.prepare(
    `INSERT INTO calls (${INSERTED_COLUMNS}) VALUES (${INSERTED_COLUMNS.replace(/\w+/g, "?")})`,
  );
  const select = driver.prepare<Call>(`SELECT ${CALL_COLUMNS} FROM calls WHERE call_id = ?`);
  const selectClaim = driver.prepare<Claim>(
    `SELECT call_id AS callId, act_digest AS actDigest, state FROM calls
       WHERE claim_scope = ? AND claim_key = ? AND claim_live = 1`,
  );
  const selectClaimedCall = driver.prepare<ClaimedCallRow>(
    `SELECT call_id AS callId, act_digest AS actDigest, state, at, claim_body AS body,
       upstream_key AS upstreamKey, code, object_id AS objectId, answers.status AS answerStatus,
       answers.headers AS answerHeaders, answers.body AS answerBody
       FROM calls LEFT JOIN answers ON answers.call = calls.sequence
       WHERE claim_scope = ? AND claim_key = ? AND claim_live = 1`,
  );
  const selectBookedAt = driver.prepare<{ bookedAt: number }>(
    "SELECT booked_at AS bookedAt FROM calls WHERE vault_key_id = ? AND rate_number = ?",
  );
  const selectSettlement = driver.prepare<SettledCall>(
    `SELECT sequence, decision, state, status, usd_cents AS usdCents, vault_key_id AS vaultKeyId
       FROM calls WHERE call_id = ?`,
  );
  const settle = driver.prepare(SETTLE);
  const keepAnswer = driver.prepare(
    `INSERT INTO answers (call, status, headers, body)
       SELECT ?1, ?2, ?3, ?4 FROM calls WHERE sequence = ?1 AND claim_live = 1
       ON CONFLICT DO UPDATE SET status = excluded.status, headers = excluded.headers, body = excluded.body`,
  );
  const hold = driver.prepare("UPDATE calls SET state = 'held' WHERE call_id = ?");
  const sumCounted = driver.prepare<{ cents: number | null }>(
    `SELECT sum(usd_cents) AS cents FROM calls JOIN vault_keys ON vault_keys.id = vault_key_id
       WHERE object_id = ? AND state = 'posted' AND simulate = ?`,
  );

  return {
    exists: (callId) => selectExists.get(callId) !== undefined,
    insert: ({ call, sequence, previousOfKey, bookedAt, rateNumber, claim }) =>
      insert.run(
        sequence,
        previousOfKey,
        call.callId,
        call.at,
        bookedAt,
        call.vaultKeyId,
        call.vaultKeyName,
        call.role,
        call.runId,
        call.agent,
        call.conversationId,
        call.turn,
        call.traceparent,
        call.operation,
        call.method,
        call.path,
        call.idempotencyKey,
        call.amountMinor,
        call.currency,
        call.usdCents,
        call.decision,
        call.code,
        call.state,
        call.status,
        call.objectId,
        call.upstreamRequestId,
        call.latencyMs,
        rateNumber,
        claim?.scope ?? null,
        claim?.key ?? null,
        claim === null ? null : 1,
        claim?.actDigest ?? null,
        claim?.upstreamKey ?? null,
        claim?.body ?? null,
      ),
    find: (callId) => toCall(select.get(callId)),
    findClaim: (scope, key) => {
      const row = selectClaim.get(scope, key);
      return row === undefined ? null : { ...row };
    },
    loadClaim: (scope, key) => {
      const row = selectClaimedCall.get(scope, key);
      return row === undefined ? null : { ...row, answer: toAnswer(row) };
    },
    bookedAt: (vaultKeyId, rateNumber) => selectBookedAt.get(vaultKeyId, rateNumber)?.bookedAt ?? null,
    loadSettlement: (callId) => selectSettlement.get(callId) ?? null,
    settle: ({ sequence, settlement, state, postedAt, keepsClaim }) => {
      settle.run(
        state,
        postedAt,
        settlement.usdCents,
        settlement.amountMinor,
        settlement.currency,
        settlement.code,
        settlement.status,
        settlement.upstreamRequestId,
        settlement.objectId,
        settlement.latencyMs,
        keepsClaim ? 1 : 0,
        sequence,
      );
      if (settlement.answer === null) return;
      const { status, headers, body } = settlement.answer;
      // A call without a claim is never replayed, and an answer that comes after an unknown one replaces it.
      keepAnswer.run(sequence, status, JSON.stringify(headers), body);
    },
    hold: (callId) => hold.run(callId),
    countedCents: (objectId, simulate) => sumCounted.get(objectId, simulate ? 1 : 0)?.cents ?? 0,
    disown: () => driver.exec("UPDATE calls SET state = 'unknown' WHERE state = 'held'"),
  };
}

/** SQLite's rows have no prototype; the interface's are plain objects. */
export function toCall(row: Call): Call;
export function toCall(row: Call | undefined): Call | null;
export function toCall(row: Call | undefined): Call | null {
  return row === undefined ? null : { ...row };
}

function toAnswer(row: ClaimedCallRow): StoredAnswer | null {
  if (row.answerStatus === null || row.answerBody === null) return null;
  return { status: row.answerStatus, headers: JSON.parse(row.answerHeaders ?? "{}"), body: row.answerBody };
}
