import type { AdminBook } from "./admins/admin-book.ts";
import type { AlertBook } from "./alerts/alert-book.ts";
import type { Approval, ApprovalAnswer, ApprovalAnswered, ApprovalFilter } from "./approvals.ts";
import type { KeyUser } from "./end-of-key.ts";
import type { BatchRun } from "./group-commit.ts";
import type { BudgetCreation } from "./plan-budget.ts";
import type { Delegation, DelegationRefusal } from "./plan-delegation.ts";
import type { NewSecret } from "./plan-vault-key.ts";
import type {
  Admission,
  AdmitRequest,
  CallFilter,
  Claim,
  ClaimIdentity,
  CountedObject,
  KeyEnd,
  Page,
  PageRequest,
  RecordRequest,
  Settled,
  Settlement,
  UnresolvedCall,
  UnresolvedFilter,
  UnresolvedSum,
  VerifyReport,
} from "./requests.ts";
import type { Pruned, PruneRequest } from "./retention.ts";
import type { Book } from "./rows.ts";
import type { SpendBook } from "./spend/spend-book.ts";
import type { UsableKey } from "./store.ts";
import type { Turns } from "./turns.ts";
import type { BudgetUsage, Call, NewBudget, NewVaultKey, Stop, VaultKey, VaultKeyUsage } from "./types.ts";

/**
 * The books. Every method that changes something resolves only when the change is durable.
 *
 * Invariant, under any concurrency and crash: for every book, held + unknown + awaiting + posted within the
 * window never exceeds the cap as it was when the last hold was granted.
 *
 * `P` is a key's policy as `LedgerOptions.parsePolicy` understands it.
 */
export interface Ledger<P = unknown> {
  /** `budget_not_found` when a named shared budget does not exist; nothing is stored then. */
  createVaultKey(key: NewVaultKey): Promise<"created" | "budget_not_found">;
  /** A key that another makes with its own secret: it can do no more, spends what that one may, and ends with it. */
  delegateVaultKey(delegation: Delegation): Promise<"created" | DelegationRefusal>;
  findVaultKeyByHash(hash: string): Promise<VaultKey<P> | null>;
  /**
   * Why `admit` would refuse any call of the key, whatever it asks for; null when it would not. For a call that
   * reserves nothing and that no limit of the key counts: it may be carried out first and written by `record` then.
   */
  endOfKey(user: KeyUser, deadlineTime: number): Promise<KeyEnd | null>;
  getVaultKey(id: string, now: number): Promise<VaultKeyUsage<P> | null>;
  /** All that a call of the key is charged to, its own first, as it is now; empty when there is no such key. */
  booksOfKey(id: string, now: number): Promise<readonly Book[]>;
  /** Newest first. */
  listVaultKeys(page: PageRequest, now: number): Promise<Page<VaultKeyUsage<P>>>;
  /** Changes the cap of the key's own budget: obeyed by every hold after it resolved. Null when there is no such key. */
  updateVaultKey(id: string, capMicros: number, now: number): Promise<VaultKeyUsage<P> | null>;
  /** Idempotent: the first revocation's time stays. Null when there is no such key. */
  revokeVaultKey(id: string, at: number): Promise<VaultKey<P> | null>;
  /** Obeyed by every hold after it resolved, until the key is resumed; the first pause's time stays. Null when there is no such key. */
  pauseVaultKey(id: string, at: number): Promise<VaultKey<P> | null>;
  /** Ends a pause of this key, and no stop. */
  resumeVaultKey(id: string): Promise<VaultKey<P> | null>;
  /**
   * Gives the key another secret, by its hash; its id, policy and what it has spent stay. `ended`: it is revoked or
   * expired, and nothing changed. Null when there is no such key.
   */
  rotateVaultKey(id: string, secret: NewSecret): Promise<VaultKey<P> | "ended" | null>;
  /**
   * Refuses calls by what they have in common, from every hold after it resolved until it is lifted. Answers the stop
   * that stands: one that names the same is not made twice.
   */
  stop(stop: Stop): Promise<Stop | "too_many_stops">;
  /** Null when it does not stand. */
  liftStop(id: string): Promise<Stop | null>;
  /** Those that stand, oldest first. */
  listStops(): Promise<readonly Stop[]>;
  /** Every key that is neither revoked nor expired nor paused, to be counted: reads them all. */
  usableVaultKeys(now: number): Promise<readonly UsableKey[]>;

  /** The parent must exist, and a line of budgets has a bound; nothing is stored unless `created`. */
  createBudget(budget: NewBudget): Promise<BudgetCreation>;
  getBudget(name: string, now: number): Promise<BudgetUsage | null>;
  /** By name. */
  listBudgets(page: PageRequest, now: number): Promise<Page<BudgetUsage>>;
  /** Obeyed by every hold after it resolved. Null when there is no such budget. */
  updateBudget(name: string, capMicros: number, now: number): Promise<BudgetUsage | null>;

  findClaim(claim: ClaimIdentity): Promise<Claim | null>;
  /** What posted calls have counted for this upstream object, and what those hold that await its payer; 0 when none. */
  countedMicros(object: CountedObject): Promise<number>;
  admit(request: AdmitRequest): Promise<Admission>;
  /**
   * Throws `call_already_settled` when the call is not held, unknown or awaiting: an outcome is never overwritten.
   * Whoever did not send it is told `call_in_flight` while it is being sent, or when it was sent again since.
   */
  settle(settlement: Settlement): Promise<Settled>;
  record(request: RecordRequest): Promise<void>;
  /**
   * The answer that is kept for the call has reached somebody. While that is not noted, as after a crash, a call that
   * says the act in other words is answered with it: nobody knows yet what became of the act.
   */
  noteDelivery(callId: string): Promise<void>;

  getApproval(approvalId: string): Promise<Approval | null>;
  /** Newest first. `now` is the moment by which the filter's status is told (`approvalStatus`). */
  listApprovals(filter: ApprovalFilter, page: PageRequest, now: number): Promise<Page<Approval>>;
  /**
   * What a person says to what they were asked; the first answer stands. Once it has resolved, every later `admit`
   * obeys it. An approval admits one call, in the transaction that admits it.
   */
  answerApproval(answer: ApprovalAnswer): Promise<ApprovalAnswered>;

  getCall(callId: string): Promise<Call | null>;
  /** Calls whose money is reserved and that nobody works on (unknown, awaiting), oldest first. */
  listUnresolved(page: PageRequest): Promise<Page<UnresolvedCall>>;
  /** What is held, unknown and awaiting of real keys: of all of them, or of what one budget is charged with. */
  sumUnresolved(filter?: UnresolvedFilter): Promise<readonly UnresolvedSum[]>;
  /** Newest first. */
  listCalls(filter: CallFilter, page: PageRequest): Promise<Page<Call>>;
  /**
   * One step of removing rows and answers that are older than `keepMs` (at least `KEEP_MIN_MS`), to be repeated while
   * there is more. What moved money, what may have, and what keeps an act from being carried out again stays, without
   * its answer: `verify` finds the same before and after.
   */
  prune(request: PruneRequest): Promise<Pruned>;
  /** Called after commit with each row that reached an answer. Returns the unsubscribe function. */
  subscribe(listener: (call: Call) => void): () => void;
  /** Called after every transaction that changes something, with what it took. Returns the unsubscribe function. */
  watchBatches(listener: (batch: BatchRun) => void): () => void;

  /** Recomputes every book from the calls. Reads everything: for tests and operators, not for the hot path. */
  verify(now: number): Promise<VerifyReport>;
  /** Notes the time, and writes as much as a call does; rejects when a call could not be written. */
  ping(now: number): Promise<void>;
  /** Turns among all processes on these books; null when they are one process's own, which needs none. */
  readonly turns: Turns | null;
  /** See `Store.copyTo`: everything that had been answered when it was called is in the copy. */
  readonly copyTo: ((file: string) => Promise<void>) | null;
  /** See `Store.alerts`. */
  readonly alerts: AlertBook;
  /** See `Store.admins`. */
  readonly admins: AdminBook;
  /** See `Store.spend`. */
  readonly spend: SpendBook;
  /** Runs what waits, refuses what comes (`store_closed`), and closes the store. */
  close(): Promise<void>;
}
