import type { Turns } from "../turns.ts";
import { type Statement, toJson, toText } from "./connect.ts";
import { TURN_MS } from "./limits.ts";
import type { Reader } from "./reader.ts";

/** A turn of the same owner is left over: it asks for one of its own at a time. A dead owner's is nobody's. */
const TAKE = `INSERT INTO turns AS t VALUES ($1::text, $2::text, $3::text, clock_timestamp() + interval '${TURN_MS} milliseconds')
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, taker = excluded.taker, ends_at = excluded.ends_at
  WHERE t.owner = excluded.owner OR t.ends_at <= clock_timestamp()
    OR NOT EXISTS (SELECT FROM owners WHERE owners.id = t.owner AND owners.lease_ends_at > clock_timestamp())
  RETURNING name`;

const GIVE = `DELETE FROM turns WHERE taker = $2::text AND name IN (SELECT json_array_elements_text($1::text::json))`;

/** What was not given back, because the server was away or its owner died. */
export const FORGET_TURNS: Statement = {
  sql: "DELETE FROM turns WHERE ends_at <= clock_timestamp()",
  values: [],
};

/** Beside the books: a turn that is lost with its server moves nothing, and the books stay as they are. */
export function createTurns(reader: Reader, owner: string): Turns {
  return {
    take: async (name, taker) => {
      const rows = await reader.rows({ sql: TAKE, values: [toText(name), owner, taker] });
      return rows.length > 0;
    },
    give: async (names, taker) => void (await reader.rows({ sql: GIVE, values: [toJson(names), taker] })),
  };
}
