/** What the proxy's calls made at Stripe since a moment: lists alone, read page after page. */
import type { MadeListing, MadeObject, MadePage } from "../trace.ts";
import { fieldsOf, LISTINGS, type Listing, PAGE } from "./find.ts";
import { CALL_STAMP, KEY_STAMP, STAMPS_OF_AGENT } from "./metadata.ts";
import { OPERATIONS } from "./operation.ts";

export function madeSince(sinceMs: number): readonly MadeListing[] {
  const listings: MadeListing[] = [];
  for (const [operation, listing] of LISTINGS) {
    const path = OPERATIONS.get(operation)?.path;
    if (path === undefined || path.includes("{") || !listing.byTime) continue;
    const since = Math.max(0, Math.floor(sinceMs / 1000));
    const also = listing.also === undefined ? "" : `&${listing.also}`;
    const first = `${path}?limit=${PAGE}&created[gte]=${since}${also}`;
    listings.push({ operation, path: first, read: (page) => readPage(page, first, listing) });
  }
  // A charge has the metadata of the intent that it pays, and so the stamp of that one's call.
  return listings.sort((one, other) => Number(isOfCharges(one)) - Number(isOfCharges(other)));
}

function isOfCharges({ operation }: MadeListing): boolean {
  return operation === "charges.create";
}

function readPage(page: unknown, first: string, listing: Listing): MadePage | null {
  const { data, has_more: hasMore } = fieldsOf(page);
  if (!Array.isArray(data)) return null;
  const made = data.map((object) => madeOf(object, listing)).filter((each) => each !== null);
  const last = fieldsOf(data.at(-1)).id;
  if (hasMore === true && typeof last !== "string") return null;
  return { made, nextPath: hasMore === true ? `${first}&starting_after=${last}` : null };
}

/** Null for what others made. */
function madeOf(object: unknown, { failed = [] }: Listing): MadeObject | null {
  const { id, created, date, status, metadata } = fieldsOf(object);
  const stamps = fieldsOf(metadata);
  const callId = stamps[CALL_STAMP];
  const vaultKeyId = stamps[KEY_STAMP];
  if (typeof callId !== "string" || typeof vaultKeyId !== "string" || typeof id !== "string") return null;
  // An invoice item calls it `date`.
  const seconds = created ?? date;
  const said = (stamp: string) => (typeof stamps[stamp] === "string" ? stamps[stamp] : null);
  return {
    ...{ callId, vaultKeyId, objectId: id, object },
    runId: said(STAMPS_OF_AGENT.run),
    agent: said(STAMPS_OF_AGENT.agent),
    madeAt: typeof seconds === "number" ? seconds * 1000 : 0,
    failed: failed.includes(String(status)),
  };
}
