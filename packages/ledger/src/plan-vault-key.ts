import { LedgerError } from "./errors.ts";
import { type NeedsDraft, needKey, needTime } from "./needs.ts";
import { booksOf, type FamilyChange, type Plan, type PlanState, UNCHANGED } from "./plan.ts";
import { bookId, budgetOf, type KeyRow, type NewBudgetRow } from "./rows.ts";
import type { KeyStanding, Rotation } from "./store.ts";
import type { NewVaultKey } from "./types.ts";

export function vaultKeyNeeds(needs: NeedsDraft, { id, hash, budgets }: NewVaultKey): void {
  needs.newKeys.push({ id, hash });
  needs.numbers.keys++;
  needs.numbers.budgets++;
  for (const name of budgets) needs.budgets.add(name);
}

/**
 * `Ledger.createVaultKey`. Which books a call of the key is charged to is written down with it: neither its
 * budgets nor their parents ever change. Pure; throws `vault_key_exists`.
 */
export function planVaultKey(state: PlanState, key: NewVaultKey): Plan<"created" | "budget_not_found"> {
  const shared = key.budgets.map((name) => state.budgets.get(name)).filter((budget) => budget !== undefined);
  if (shared.length < key.budgets.length) return { result: "budget_not_found", changes: UNCHANGED };
  if (state.takenKeyIds.has(key.id) || state.takenKeyHashes.has(key.hash)) {
    throw new LedgerError("vault_key_exists", "There is a vault key with this id or hash already.");
  }
  const ownBudgetId = state.nextNumber.budget;
  const ancestors = shared.flatMap(({ lineage }) => lineage.slice(1));
  const budgetIds = new Set([ownBudgetId, ...shared.map(({ id }) => id), ...ancestors]);
  const bookIds = [...budgetIds].map((id) => bookId(id, key.simulate));
  const sequence = state.nextNumber.key;
  const ownBudget: NewBudgetRow = {
    id: ownBudgetId,
    name: null,
    ...key.ownBudget,
    parentId: null,
    createdAt: key.createdAt,
    bookIds: [bookId(ownBudgetId, key.simulate)],
  };
  return {
    result: "created",
    changes: {
      newBudgets: [ownBudget],
      newKey: { key, sequence, bookIds },
      key: newRow(key, sequence, bookIds),
    },
  };
}

/** The key as later operations of the same batch meet it. */
export function newRow(key: NewVaultKey, sequence: number, bookIds: readonly number[]): KeyRow {
  const { id, hash, vendor, account, simulate, expiresAt, maxCalls, ratePerMinute, parentId, rootId } = key;
  return {
    id,
    sequence,
    vendor,
    account,
    simulate,
    expiresAt,
    revokedAt: null,
    pausedAt: null,
    pausedAbove: 0,
    parentId,
    rootId,
    hash,
    previousHash: null,
    previousEndsAt: null,
    maxCalls,
    ratePerMinute,
    calls: 0,
    rateNumber: 0,
    rateAnchors: new Map(),
    newestCall: null,
    bookIds,
  };
}

export function keyCapNeeds(needs: NeedsDraft, id: string, now: number): void {
  needTime(needs, now);
  needKey(needs, id, true);
}

/** `Ledger.updateVaultKey`: the new cap of the key's own budget. False when there is no such key. Pure. */
export function planKeyCap(state: PlanState, id: string, capMicros: number): Plan<boolean> {
  const key = state.keys.get(id);
  const own = key === undefined ? undefined : booksOf(state, key)[0];
  if (own === undefined) return { result: false, changes: UNCHANGED };
  return { result: true, changes: { cap: { budgetId: budgetOf(own.id), capMicros } } };
}

/** For each of the plans below: what comes of the key ends and pauses with it. */
export function standingNeeds(needs: NeedsDraft, id: string): void {
  needKey(needs, id, false);
  needs.families.add(id);
}

/** `Ledger.revokeVaultKey`: the first revocation's time stays. Pure. */
export function planRevocation(state: PlanState, id: string, at: number): Plan<KeyStanding | null> {
  const key = state.keys.get(id);
  if (key === undefined) return { result: null, changes: UNCHANGED };
  if (key.revokedAt !== null) return { result: key, changes: UNCHANGED };
  const revoked = { ...key, revokedAt: at };
  const family = familyOf(state, id)
    .filter((below) => below.revokedAt === null)
    .map((below) => ({ key: { ...below, revokedAt: at }, revokedAt: at }));
  return { result: revoked, changes: { key: revoked, revokedAt: at, family } };
}

/** `Ledger.pauseVaultKey` and, with null, `Ledger.resumeVaultKey`: a pause that lasts keeps its time. Pure. */
export function planPause(state: PlanState, id: string, at: number | null): Plan<KeyStanding | null> {
  const key = state.keys.get(id);
  if (key === undefined) return { result: null, changes: UNCHANGED };
  if ((key.pausedAt === null) === (at === null)) return { result: key, changes: UNCHANGED };
  const paused = { ...key, pausedAt: at };
  const family = pausedFamily(state, paused);
  return { result: paused, changes: { key: paused, pausedAt: at, family } };
}

/** A new secret of a key. */
export interface NewSecret {
  readonly hash: string;
  /** Until when the one before may be used as well; what was before that one ends now. */
  readonly previousEndsAt: number;
}

export function rotationNeeds(needs: NeedsDraft, id: string, { hash }: NewSecret): void {
  needKey(needs, id, false);
  needs.newKeys.push({ id: null, hash });
}

/** `Ledger.rotateVaultKey`. Pure; throws `vault_key_exists` for a hash that is taken. */
export function planRotation(
  state: PlanState,
  id: string,
  { hash, previousEndsAt }: NewSecret,
): Plan<KeyStanding | "ended" | null> {
  const key = state.keys.get(id);
  if (key === undefined) return { result: null, changes: UNCHANGED };
  if (key.revokedAt !== null || state.now >= key.expiresAt) return { result: "ended", changes: UNCHANGED };
  if (state.takenKeyHashes.has(hash)) {
    throw new LedgerError("vault_key_exists", "There is a vault key with this hash already.");
  }
  const rotation: Rotation = { hash, previousHash: key.hash, previousEndsAt };
  const rotated = { ...key, ...rotation };
  return { result: rotated, changes: { key: rotated, rotation } };
}

/** Every key below another, those nearer to it first. */
export function familyOf({ keys }: PlanState, id: string): KeyRow[] {
  const family: KeyRow[] = [];
  let above: ReadonlySet<string> = new Set([id]);
  while (above.size > 0) {
    const next = [...keys.values()].filter(({ parentId }) => parentId !== null && above.has(parentId));
    family.push(...next);
    above = new Set(next.map((key) => key.id));
  }
  return family;
}

/** What the keys below become when a key is paused or resumed: one is paused as long as any above it is. */
function pausedFamily(state: PlanState, changed: KeyRow): FamilyChange[] {
  const rows = new Map([[changed.id, changed]]);
  const changes: FamilyChange[] = [];
  for (const below of familyOf(state, changed.id)) {
    const parent = rows.get(below.parentId ?? "");
    const pausedAbove =
      parent !== undefined && (parent.pausedAt !== null || parent.pausedAbove === 1) ? 1 : 0;
    const row = { ...below, pausedAbove };
    rows.set(below.id, row);
    if (pausedAbove !== below.pausedAbove) changes.push({ key: row, pausedAbove });
  }
  return changes;
}
