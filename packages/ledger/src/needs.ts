import type { ClaimIdentity, CountedObject } from "./requests.ts";
import { claimId, countedId } from "./rows.ts";
import type { Needs } from "./store.ts";

/** What the operations of a batch need, while it is gathered: each plan's file adds what its plan looks at. */
export interface NeedsDraft extends Needs {
  at: number;
  readonly numbers: { calls: number; keys: number; budgets: number };
  readonly keys: Map<string, { books: boolean; rateAnchors: number }>;
  readonly claims: Map<string, ClaimIdentity>;
  readonly calls: Map<string, { posts: boolean }>;
  readonly objects: Map<string, CountedObject>;
  readonly families: Set<string>;
  readonly newCallIds: Set<string>;
  readonly newKeys: { id: string | null; hash: string }[];
  readonly budgets: Set<string>;
  readonly approvals: Set<string>;
  readonly approvalsOf: Set<string>;
}

export function createNeeds(): NeedsDraft {
  return {
    at: 0,
    numbers: { calls: 0, keys: 0, budgets: 0 },
    keys: new Map(),
    claims: new Map(),
    calls: new Map(),
    objects: new Map(),
    families: new Set(),
    newCallIds: new Set(),
    newKeys: [],
    budgets: new Set(),
    approvals: new Set(),
    approvalsOf: new Set(),
  };
}

/** An event brought a time. */
export function needTime(needs: NeedsDraft, at: number): void {
  if (at > needs.at) needs.at = at;
}

export function needKey(needs: NeedsDraft, id: string, books: boolean): { rateAnchors: number } {
  const known = needs.keys.get(id);
  if (known !== undefined) {
    known.books ||= books;
    return known;
  }
  const need = { books, rateAnchors: 0 };
  needs.keys.set(id, need);
  return need;
}

/** A row is to be written for the key, and may count against its rate. */
export function needNewCall(
  needs: NeedsDraft,
  call: { callId: string; vaultKeyId: string },
  books: boolean,
): void {
  needKey(needs, call.vaultKeyId, books).rateAnchors++;
  needs.newCallIds.add(call.callId);
  needs.numbers.calls++;
}

export function needClaim(needs: NeedsDraft, claim: ClaimIdentity): void {
  needs.claims.set(claimId(claim), claim);
}

export function needCall(needs: NeedsDraft, callId: string, posts: boolean): void {
  const known = needs.calls.get(callId);
  if (known === undefined) needs.calls.set(callId, { posts });
  else known.posts ||= posts;
}

export function needObject(needs: NeedsDraft, object: CountedObject): void {
  needs.objects.set(countedId(object), object);
}
