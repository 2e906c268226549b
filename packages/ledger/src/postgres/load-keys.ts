import { RATE_WINDOW_MS } from "../limits.ts";
import type { KeyRow } from "../rows.ts";
import type { LoadedState, Needs } from "../store.ts";
import { IS_OPEN } from "../stored-call.ts";
import type { Statement } from "./connect.ts";

/** The calls of objects; `$4` has those. */
export const OBJECTS = `json_to_recordset($4::text::json)
    AS o(asked integer, "objectId" text, vendor text, account text, simulate boolean)
  JOIN calls ON calls.object_id = o."objectId" AND calls.vendor = o.vendor AND calls.account = o.account
    AND calls.simulate = o.simulate`;

/**
 * Which keys a batch looks at, from `$1` (keys by id), `$2` (calls that are settled), `$3` (since when their rows
 * are looked for) and `$4` (objects): a call that holds or posts money brings its key, with all its books.
 */
export const WANTED_KEYS = `wanted AS (
  SELECT id, bool_or(books) AS books, max(anchors) AS anchors FROM (
    SELECT id, "withBooks" AS books, "rateAnchors" AS anchors
      FROM json_to_recordset($1::text::json) AS asked(id text, "withBooks" boolean, "rateAnchors" bigint)
    UNION ALL
    SELECT calls.vault_key_id, true, 0
      FROM json_to_recordset($2::text::json) AS settled(id text, posts boolean)
      JOIN call_ids p ON p.call_id = settled.id
      JOIN calls ON calls.sequence = p.sequence AND calls.booked_at = p.booked_at AND calls.booked_at >= $3::bigint
      WHERE settled.posts OR calls.usd_micros > 0
    UNION ALL
    SELECT calls.vault_key_id, true, 0 FROM ${OBJECTS} AND ${IS_OPEN}
  ) named GROUP BY id
)`;

/** A row of `KEYS`. */
export interface StoredKey extends Omit<KeyRow, "rateAnchors" | "bookIds" | "newestCall"> {
  readonly bookIds: readonly number[] | null;
  /** Number and time of booking. */
  readonly anchors: readonly (readonly [number, number])[] | null;
}

const KEYS = `WITH ${WANTED_KEYS}
  SELECT k.id, k.sequence, k.vendor, k.account, k.simulate, k.expires_at AS "expiresAt",
    k.revoked_at AS "revokedAt", k.paused_at AS "pausedAt", k.paused_above AS "pausedAbove",
    k.parent_id AS "parentId", k.root_id AS "rootId", k.hash, k.previous_hash AS "previousHash",
    k.previous_ends_at AS "previousEndsAt", k.max_calls AS "maxCalls", k.rate_per_minute AS "ratePerMinute", n.calls,
    n.rate_number AS "rateNumber",
    CASE WHEN w.books THEN (SELECT json_agg(c.book_id ORDER BY c.position) FROM vault_key_books c
      WHERE c.vault_key = k.sequence) END AS "bookIds",
    CASE WHEN k.rate_per_minute > 0 AND w.anchors > 0 THEN (
      SELECT json_agg(json_build_array(r.rate_number, r.booked_at)) FROM calls r
        WHERE r.vault_key_id = k.id AND r.booked_at >= $3::bigint
          AND r.rate_number BETWEEN n.rate_number - k.rate_per_minute + 1
            AND least(n.rate_number, n.rate_number - k.rate_per_minute + w.anchors)
    ) END AS anchors
  FROM wanted w JOIN vault_keys k ON k.id = w.id JOIN vault_key_counters n ON n.vault_key = k.sequence`;

/** All that come of some keys, whatever their depth. */
const FAMILIES = `WITH RECURSIVE below (id) AS (
    SELECT id FROM vault_keys WHERE parent_id IN (SELECT json_array_elements_text($1::text::json))
    UNION SELECT k.id FROM vault_keys k JOIN below ON k.parent_id = below.id
  )
  SELECT k.id, k.sequence, k.vendor, k.account, k.simulate, k.expires_at AS "expiresAt",
    k.revoked_at AS "revokedAt", k.paused_at AS "pausedAt", k.paused_above AS "pausedAbove",
    k.parent_id AS "parentId", k.root_id AS "rootId", k.hash, k.previous_hash AS "previousHash",
    k.previous_ends_at AS "previousEndsAt", k.max_calls AS "maxCalls", k.rate_per_minute AS "ratePerMinute", n.calls,
    n.rate_number AS "rateNumber", NULL::json AS "bookIds", NULL::json AS anchors
  FROM below b JOIN vault_keys k ON k.id = b.id JOIN vault_key_counters n ON n.vault_key = k.sequence`;

export function familiesStatement(ids: string): Statement {
  return { sql: FAMILIES, values: [ids] };
}

/** `asked`: what `WANTED_KEYS` wants. */
export function keysStatement(asked: Statement["values"]): Statement {
  return { sql: KEYS, values: asked };
}

export function readKeys(rows: readonly StoredKey[], needs: Needs, state: LoadedState): void {
  for (const { bookIds, anchors, ...key } of rows) {
    const wanted = needs.keys.get(key.id)?.rateAnchors ?? 0;
    const rateAnchors = anchorsOf(key, wanted, anchors ?? [], state.now);
    // No list needs the chain of a key's rows here: there is an index by key.
    state.keys.set(key.id, { ...key, newestCall: null, bookIds: bookIds ?? [], rateAnchors });
  }
}

/** What was not found among recent rows left the rate's window long ago. */
function anchorsOf(
  { ratePerMinute, rateNumber }: Pick<KeyRow, "ratePerMinute" | "rateNumber">,
  wanted: number,
  found: readonly (readonly [number, number])[],
  now: number,
): ReadonlyMap<number, number> {
  const anchors = new Map<number, number>();
  if (ratePerMinute === null || ratePerMinute === 0) return anchors;
  const first = rateNumber - ratePerMinute + 1;
  const last = Math.min(first + wanted - 1, rateNumber);
  for (let number = Math.max(1, first); number <= last; number++) anchors.set(number, now - RATE_WINDOW_MS);
  for (const [number, bookedAt] of found) anchors.set(number, bookedAt);
  return anchors;
}
