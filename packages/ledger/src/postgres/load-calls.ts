import type { CallRow } from "../rows.ts";
import type { Needs } from "../store.ts";
import { CALL_ROW_SELECT, IS_COUNTED, IS_OPEN } from "../stored-call.ts";
import { toJson } from "./connect.ts";
import { OBJECTS } from "./load-keys.ts";
import type { Part, Reading } from "./loading.ts";

/** A row of `calls`, or the place of one that is older than what was looked at: then it has no `callId`. */
interface PlacedRow extends Omit<CallRow, "hasClaim" | "claim" | "callId"> {
  readonly callId: string | null;
  readonly bookedAt: number;
  readonly placeSequence: number;
  readonly claimLive: boolean | null;
}

const PLACED = `${CALL_ROW_SELECT}, calls.claim_live AS "claimLive", p.booked_at AS "bookedAt",
  p.sequence AS "placeSequence"`;

/** `p` says where the row is; `$2` and `$3` keep the planner from opening days that are not looked at. */
const AT_PLACE = `LEFT JOIN calls ON calls.sequence = p.sequence AND calls.booked_at = p.booked_at
  AND calls.booked_at >= $2::bigint`;

const SETTLED = `SELECT ${PLACED} FROM call_ids p ${AT_PLACE}
  WHERE p.call_id IN (SELECT json_array_elements_text($1::text::json))`;

export function settledCalls({ calls }: Needs): Part {
  return {
    isNeeded: calls.size > 0,
    statement: (from) => ({ sql: SETTLED, values: [toJson([...calls.keys()]), from] }),
    read: (rows, reading) => {
      for (const row of rows as unknown as PlacedRow[]) {
        const call = placed(row, reading);
        if (call !== null) reading.state.calls.set(call.callId, { ...call, claim: null });
      }
    },
  };
}

interface ClaimedRow extends PlacedRow {
  readonly asked: number;
  readonly actDigest: string;
  readonly sharedDigest: string;
  readonly body: string | null;
  readonly upstreamIdempotencyKey: string;
  readonly idempotencyKey: string | null;
  readonly delivered: boolean | null;
  readonly answerStatus: number | null;
  readonly answerHeaders: string | null;
  readonly answerBody: string | null;
}

const CLAIMED = `SELECT ${PLACED}, w.asked, calls.act_digest AS "actDigest",
    coalesce(calls.shared_digest, calls.act_digest) AS "sharedDigest", calls.claim_body AS body,
    calls.upstream_idempotency_key AS "upstreamIdempotencyKey", calls.idempotency_key AS "idempotencyKey",
    answers.delivered, answers.status AS "answerStatus", answers.headers AS "answerHeaders", answers.body AS "answerBody"
  FROM json_to_recordset($1::text::json)
    AS w(asked integer, key text, scope text, account text, vendor text, simulate boolean)
  JOIN claims p ON p.key = w.key AND p.scope = w.scope AND p.account = w.account AND p.vendor = w.vendor
    AND p.simulate = w.simulate
  ${AT_PLACE} LEFT JOIN answers ON answers.call = p.sequence`;

export function claimedCalls({ claims }: Needs): Part {
  const ids = [...claims.keys()];
  const asked = [...claims.values()].map((claim, index) => ({ asked: index, ...claim }));
  return {
    isNeeded: claims.size > 0,
    statement: (from) => ({ sql: CLAIMED, values: [toJson(asked), from] }),
    read: (rows, reading) => {
      for (const row of rows as unknown as ClaimedRow[]) {
        const call = placed(row, reading);
        const id = ids[row.asked];
        if (call === null || id === undefined) continue;
        const { actDigest, sharedDigest, body, upstreamIdempotencyKey, idempotencyKey } = row;
        const sent = { sharedDigest, body, upstreamIdempotencyKey, idempotencyKey };
        const claim = { id, actDigest, ...sent, answer: answerOf(row), delivered: row.delivered === true };
        reading.state.calls.set(call.callId, { ...call, claim });
        reading.state.claims.set(id, call.callId);
      }
    },
  };
}

function answerOf({ answerStatus: status, answerHeaders: headers, answerBody: body }: ClaimedRow) {
  return status === null || body === null ? null : { status, headers: JSON.parse(headers ?? "{}"), body };
}

/** The row without its claim; null when it is older than what was looked at, which is noted. */
function placed(row: PlacedRow, reading: Reading): Omit<CallRow, "claim"> | null {
  const { callId, placeSequence, bookedAt } = row;
  if (callId === null) {
    reading.oldest = Math.min(reading.oldest ?? bookedAt, bookedAt);
    return null;
  }
  reading.places.set(placeSequence, bookedAt);
  return {
    callId,
    sequence: row.sequence,
    vaultKeyId: row.vaultKeyId,
    vendor: row.vendor,
    account: row.account,
    simulate: row.simulate,
    at: row.at,
    decision: row.decision,
    state: row.state,
    owner: row.owner,
    postedAt: row.postedAt,
    usdMicros: row.usdMicros,
    amountMinor: row.amountMinor,
    currency: row.currency,
    code: row.code,
    wouldCode: row.wouldCode,
    status: row.status,
    upstreamRequestId: row.upstreamRequestId,
    objectId: row.objectId,
    latencyMs: row.latencyMs,
    settledBy: row.settledBy,
    settledReason: row.settledReason,
    sentAt: row.sentAt,
    overHoldMicros: row.overHoldMicros,
    hasClaim: row.claimLive === true,
  };
}

const OBJECT_SUMS = `SELECT o.asked, sum(calls.usd_micros)::bigint AS micros
  FROM ${OBJECTS.replace("$4", "$1")} AND ${IS_COUNTED} GROUP BY o.asked`;
const OBJECT_PENDING = `SELECT o.asked, ${CALL_ROW_SELECT}, calls.claim_live AS "claimLive",
    calls.booked_at AS "bookedAt", calls.sequence AS "placeSequence"
  FROM ${OBJECTS.replace("$4", "$1")} AND ${IS_OPEN}`;

/** What is counted for objects, by its place in `Needs.objects`. */
export function objectsAsked({ objects }: Needs): string {
  return toJson([...objects.values()].map((object, asked) => ({ asked, ...object })));
}

export function objectSums(needs: Needs): Part {
  const ids = [...needs.objects.keys()];
  return {
    isNeeded: ids.length > 0,
    statement: () => ({ sql: OBJECT_SUMS, values: [objectsAsked(needs)] }),
    read: (rows, { state }) => {
      for (const id of ids) state.objects.set(id, { countedMicros: 0, pending: new Set() });
      for (const { asked, micros } of rows as unknown as { asked: number; micros: number }[]) {
        state.objects.set(ids[asked] ?? "", { countedMicros: micros, pending: new Set() });
      }
    },
  };
}

export function pendingOfObjects(needs: Needs): Part {
  const ids = [...needs.objects.keys()];
  return {
    isNeeded: ids.length > 0,
    statement: () => ({ sql: OBJECT_PENDING, values: [objectsAsked(needs)] }),
    read: (rows, reading) => {
      for (const row of rows as unknown as (PlacedRow & { asked: number })[]) {
        const call = placed(row, reading);
        const id = ids[row.asked] ?? "";
        const object = reading.state.objects.get(id);
        if (call === null || object === undefined) continue;
        reading.state.calls.set(call.callId, { ...call, claim: null });
        reading.state.objects.set(id, { ...object, pending: new Set([...object.pending, call.callId]) });
      }
    },
  };
}
