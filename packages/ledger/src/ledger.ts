import { approvalMethods } from "./approval-methods.ts";
import { openBook } from "./batch.ts";
import { cutPage, decodeNameCursor, decodeSequenceCursor } from "./cursor.ts";
import { delegationMethods } from "./delegation-methods.ts";
import { LedgerError } from "./errors.ts";
import { type BatchRun, createGroupCommit } from "./group-commit.ts";
import { haltMethods, stopMethods } from "./halt-methods.ts";
import type { Ledger } from "./interface.ts";
import { createKeyCache } from "./key-cache.ts";
import { keyMethods } from "./key-methods.ts";
import type { LedgerOptions, Parts } from "./ledger-parts.ts";
import { BATCH_OPERATIONS_MAX } from "./limits.ts";
import { admissionNeeds, planAdmission } from "./plan-admission.ts";
import { budgetNeeds, budgetUsage, capNeeds, planBudget, planCap } from "./plan-budget.ts";
import { deliveryNeeds, planDelivery } from "./plan-delivery.ts";
import { planRecord, recordNeeds } from "./plan-record.ts";
import { type Owner, planRecovery } from "./plan-recovery.ts";
import { planSettlement, settlementNeeds } from "./plan-settlement.ts";
import { createSendings } from "./sendings.ts";
import type { Store } from "./store.ts";
import { createSubscribers, tellAnswered } from "./subscribers.ts";
import type { Call } from "./types.ts";
import {
  checkAdmit,
  checkBudget,
  checkCap,
  checkCount,
  checkFilter,
  checkIdentity,
  checkPage,
  checkPrune,
  checkRecord,
  checkSettlement,
} from "./validate.ts";
import { checkApprovalRequest } from "./validate-approval.ts";
import { verifyReport } from "./verify.ts";

/** The books over any store: checks at the door, batches, cursors, subscribers. The ledger closes the store. */
export function createLedger<P>(store: Store, options: LedgerOptions<P>): Ledger<P> {
  checkIdentity(options.owner, "owner");
  const subscribers = createSubscribers<Call>();
  const watchers = createSubscribers<BatchRun>();
  let closing: Promise<void> | null = null;
  const writer = createGroupCommit({
    store,
    schedule: options.schedule ?? setImmediate,
    operationsMax: BATCH_OPERATIONS_MAX,
    committed: (answered) => tellAnswered(store, subscribers, answered),
    ran: (batch) => watchers.tell([batch]),
  });
  let isFollowing = false;
  /** Asked for with the first who wants to hear of anything: a store may need a connection for it. */
  const follow = (): void => {
    if (!isFollowing) store.follow((answered) => void tellAnswered(store, subscribers, answered));
    isFollowing = true;
  };
  const parts: Parts<P> = {
    store,
    options,
    writer,
    keys: createKeyCache(store, options.parsePolicy),
    subscribers,
    read: async (query) => {
      if (closing !== null) throw new LedgerError("store_closed", "The store is closed.");
      return query();
    },
  };
  return {
    ...keyMethods(parts),
    ...haltMethods(parts),
    ...delegationMethods(parts),
    ...stopMethods(parts),
    ...budgetMethods(parts),
    ...callMethods(parts),
    ...approvalMethods(parts),
    subscribe: (listener) => {
      follow();
      return subscribers.add(listener);
    },
    watchBatches: watchers.add,
    turns: store.turns,
    copyTo: store.copyTo,
    alerts: store.alerts,
    admins: store.admins,
    spend: store.spend,
    verify: (now) => parts.read(async () => verifyReport(await store.audit(now))),
    prune: (request) => parts.read(async () => store.prune(checkPrune(request))),
    ping: async (now) => {
      checkCount(now, "now");
      return parts.read(() => store.ping(now));
    },
    close: () => {
      closing ??= writer.close().then(() => store.close());
      return closing;
    },
  };
}

/** Marks what dead owners left in flight `unknown` (`planRecovery`). Run before anything of theirs is asked for. */
export async function recoverHolds(
  store: Store,
  recovery: { readonly owners: readonly Owner[]; readonly now: number },
): Promise<void> {
  const writer = createGroupCommit({
    store,
    schedule: setImmediate,
    operationsMax: 1,
    committed: () => {},
    ran: () => {},
  });
  await writer.submit({ declare: () => {}, plan: () => planRecovery(recovery) });
}

function budgetMethods<P>({ store, writer, read }: Parts<P>) {
  return {
    createBudget: async (budget) => {
      checkBudget(budget);
      return writer.submit({
        declare: (needs) => budgetNeeds(needs, budget),
        plan: (state) => planBudget(state, budget),
      });
    },
    getBudget: (name, now) =>
      read(async () => {
        const use = await store.budgetUse(name, now);
        return use === null ? null : budgetUsage(use.budget, use.books.map(openBook));
      }),
    listBudgets: (page, now) =>
      read(async () => {
        checkPage(page);
        const afterName = page.cursor === undefined ? "" : decodeNameCursor("budgets", page.cursor);
        const rows = await store.listBudgets({ afterName, limit: page.limit + 1, at: now });
        const { shown, nextCursor } = cutPage("budgets", rows, page, ({ budget }) => budget.name);
        return {
          data: shown.map(({ budget, books }) => budgetUsage(budget, books.map(openBook))),
          nextCursor,
        };
      }),
    updateBudget: async (name, capMicros, now) => {
      checkCap(name, capMicros);
      checkCount(now, "now");
      return writer.submit({
        declare: (needs) => capNeeds(needs, name, now),
        plan: (state) => planCap(state, name, capMicros),
      });
    },
  } satisfies Partial<Ledger<P>>;
}

function callMethods<P>({ store, options, writer, read }: Parts<P>) {
  const sendings = createSendings();
  return {
    findClaim: (claim) => read(() => store.findClaim(claim)),
    countedMicros: (object) => read(() => store.countedMicros(object)),
    admit: async (request) => {
      checkAdmit(request);
      if (request.approval !== null) checkApprovalRequest(request.approval);
      const admission = await writer.submit({
        declare: (needs) => admissionNeeds(needs, request),
        plan: (state) => planAdmission(state, request, options.owner),
      });
      sendings.note(request, admission);
      return admission;
    },
    settle: async (settlement) => {
      checkSettlement(settlement);
      const sender = { owner: options.owner, sentAt: sendings.sentAt(settlement.callId) };
      const settled = await writer.submit({
        declare: (needs) => settlementNeeds(needs, settlement),
        plan: (state) => planSettlement(state, settlement, sender),
      });
      sendings.forget(settlement.callId);
      return settled;
    },
    record: async (request) => {
      checkRecord(request);
      return writer.submit({
        declare: (needs) => recordNeeds(needs, request),
        plan: (state) => planRecord(state, request),
      });
    },
    noteDelivery: async (callId) => {
      checkIdentity(callId, "callId");
      return writer.submit({
        declare: (needs) => deliveryNeeds(needs, callId),
        plan: (state) => planDelivery(state, callId),
      });
    },
    getCall: (callId) => read(() => store.getCall(callId)),
    listUnresolved: (page) =>
      read(async () => {
        checkPage(page);
        const above = page.cursor === undefined ? 0 : decodeSequenceCursor("unresolved", page.cursor);
        const rows = await store.listUnresolved({ above, limit: page.limit + 1 });
        const { shown, nextCursor } = cutPage("unresolved", rows, page, ({ sequence }) => sequence);
        return { data: shown.map(({ call, sentAt, body }) => ({ call, sentAt, body })), nextCursor };
      }),
    sumUnresolved: (filter) => read(() => store.sumUnresolved(filter ?? null)),
    listCalls: (filter, page) =>
      read(async () => {
        checkFilter(filter);
        checkPage(page);
        const below = page.cursor === undefined ? null : decodeSequenceCursor("calls", page.cursor);
        const rows = await store.listCalls(filter, { below, limit: page.limit + 1 });
        const { shown, nextCursor } = cutPage("calls", rows, page, ({ sequence }) => sequence);
        return { data: shown.map(({ call }) => call), nextCursor };
      }),
  } satisfies Partial<Ledger<P>>;
}
