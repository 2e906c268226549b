import { endOfKey, type KeyUser } from "./end-of-key.ts";
import { LedgerError } from "./errors.ts";
import { DELEGATED_KEYS_MAX, DELEGATION_DEPTH_MAX } from "./limits.ts";
import { type NeedsDraft, needKey, needTime } from "./needs.ts";
import { type Plan, type PlanState, UNCHANGED } from "./plan.ts";
import { familyOf, newRow } from "./plan-vault-key.ts";
import type { KeyEnd } from "./requests.ts";
import { bookId, type NewBudgetRow } from "./rows.ts";
import type { NewVaultKey } from "./types.ts";

/** A key that another makes, with its own secret. */
export interface Delegation {
  /** Its `parentId` is the key that makes it, its budgets are that one's. */
  readonly key: NewVaultKey;
  /** Who asks for it. */
  readonly user: KeyUser;
  /** How many keys may come of the first of the line, this one counted. */
  readonly keysMax: number;
  /** `AdmitRequest.deadlineTime`. */
  readonly deadlineTime: number;
}

/** Why it was not made. `expires_later`: than the key that makes it. */
export type DelegationRefusal = KeyEnd | "too_many_keys" | "too_deep" | "expires_later";

export function delegationNeeds(needs: NeedsDraft, { key, user }: Delegation): void {
  needTime(needs, key.createdAt);
  needKey(needs, user.facts.vaultKeyId, true);
  const root = key.rootId ?? user.facts.vaultKeyId;
  needKey(needs, root, false);
  needs.families.add(root);
  needs.newKeys.push({ id: key.id, hash: key.hash });
  needs.numbers.keys++;
  needs.numbers.budgets++;
}

/**
 * `Ledger.delegateVaultKey`: charged to a budget of its own and to all that its parent is charged to. Whether the parent
 * may still be used is decided here, in the transaction that makes the key: none outlives a revocation. Pure.
 */
export function planDelegation(
  state: PlanState,
  { key, user, keysMax, deadlineTime }: Delegation,
): Plan<"created" | DelegationRefusal> {
  const parent = state.keys.get(user.facts.vaultKeyId);
  if (parent === undefined) throw new LedgerError("vault_key_not_found", "There is no such vault key.");
  const isOf = key.parentId === parent.id && key.rootId === (parent.rootId ?? parent.id);
  if (
    !isOf ||
    key.vendor !== parent.vendor ||
    key.account !== parent.account ||
    key.simulate !== parent.simulate
  )
    throw new LedgerError("argument_invalid", "A key is made of the one that makes it.");
  const refused = (code: DelegationRefusal): Plan<DelegationRefusal> => ({
    result: code,
    changes: UNCHANGED,
  });
  const moment = Math.max(state.now, deadlineTime);
  const ended = endOfKey(parent, user, { moment, stops: state.stops });
  if (ended !== null) return refused(ended);
  if (key.expiresAt > parent.expiresAt) return refused("expires_later");
  if (depthOf(state, parent.id) >= DELEGATION_DEPTH_MAX) return refused("too_deep");
  const made = familyOf(state, key.rootId ?? parent.id).length;
  if (made >= Math.min(keysMax, DELEGATED_KEYS_MAX)) return refused("too_many_keys");
  if (state.takenKeyIds.has(key.id) || state.takenKeyHashes.has(key.hash)) {
    throw new LedgerError("vault_key_exists", "There is a vault key with this id or hash already.");
  }
  const id = state.nextNumber.budget;
  const own = bookId(id, key.simulate);
  const bookIds = [own, ...parent.bookIds];
  const sequence = state.nextNumber.key;
  const newBudgets: NewBudgetRow[] = [
    { id, name: null, ...key.ownBudget, parentId: null, createdAt: key.createdAt, bookIds: [own] },
  ];
  const row = newRow(key, sequence, bookIds);
  return { result: "created", changes: { newBudgets, newKey: { key, sequence, bookIds }, key: row } };
}

/** How many keys are above one. */
function depthOf({ keys }: PlanState, id: string): number {
  let depth = 0;
  for (let at = keys.get(id); at !== undefined && at.parentId !== null; at = keys.get(at.parentId)) depth++;
  return depth;
}
