import { type ApprovalRequest, DAILY_WINDOW_MS, KEEP_MIN_MS, type Ledger } from "@keybrake/ledger";
import { expect } from "vitest";
import {
  admission,
  allPages,
  claim,
  counted,
  idsOf,
  refusal,
  settlement,
  sharedBudget,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

const DAY = 24 * 3_600_000;
/** Tomorrow: days have partitions that are made ahead by the machine's clock, which may pass midnight meanwhile. */
const TODAY = Math.floor(Date.now() / DAY) * DAY + 1.5 * DAY;
const LATER = TODAY + 10 * DAY;
const KEEP = { now: LATER, keepMs: 3 * DAY };

async function prune(ledger: Ledger, request = KEEP): Promise<number> {
  let removed = 0;
  for (;;) {
    const step = await ledger.prune(request);
    removed += step.removed;
    if (!step.isMore) return removed;
  }
}

const read = (callId: string, at: number, runId = "run") =>
  admission(
    callId,
    { at, runId, usdMicros: 0, operation: "charges.retrieve", labels: { team: "payments" } },
    { claim: null },
  );

/** One call of each kind, all old, then one of today, so that each key has a newer row. */
async function fill(ledger: Ledger): Promise<void> {
  await ledger.createBudget(sharedBudget("life", { windowMs: null, createdAt: TODAY }));
  await ledger.createVaultKey(vaultKey("key", { budgets: ["life"], createdAt: TODAY, ratePerMinute: 3 }));
  await ledger.createVaultKey(vaultKey("other", { createdAt: TODAY }));
  const at = (minutes: number) => TODAY + minutes * 61_000;
  await ledger.admit(read("read-1", at(0)));
  await ledger.settle(settlement("read-1", { at: at(0), state: "none", objectId: null, answer: null }));
  await ledger.admit(admission("posted", { at: at(1), runId: "run" }));
  await ledger.settle(settlement("posted", { at: at(1) }));
  await ledger.record(refusal("refused", { at: at(2), runId: "run" }));
  await ledger.admit(admission("voided", { at: at(3), runId: "run" }));
  await ledger.settle(voided("voided", { at: at(3) }));
  await ledger.admit(read("read-2", at(4)));
  await ledger.settle(settlement("read-2", { at: at(4), state: "none", objectId: null, answer: null }));
  await ledger.admit(admission("free", { at: at(5), runId: "run", usdMicros: 0 }));
  await ledger.settle(settlement("free", { at: at(5), state: "none", usdMicros: 0, objectId: "cus_1" }));
}

const listed = async (ledger: Ledger, filter = {}) =>
  idsOf(await allPages((cursor) => ledger.listCalls(filter, { limit: 2, ...(cursor && { cursor }) })));

export const retentionSection: Section = (test) => {
  test("what is old and no entry of the books goes, and the books are as before", async ({ ledger }) => {
    await fill(ledger);
    await ledger.admit(read("new", LATER));
    const before = await ledger.verify(LATER);
    const used = await ledger.getVaultKey("key", LATER);
    expect(await prune(ledger)).toBe(4);
    expect(await listed(ledger)).toEqual(["new", "free", "posted"]);
    expect(await listed(ledger, { vaultKeyId: "key" })).toEqual(["new", "free", "posted"]);
    expect(await listed(ledger, { runId: "run" })).toEqual(["new", "free", "posted"]);
    expect(await listed(ledger, { labels: { team: "payments" } })).toEqual(["new"]);
    expect(await ledger.getCall("read-1")).toBeNull();
    expect(await ledger.getCall("posted")).toMatchObject({ state: "posted", objectId: "ch_1" });
    expect(await ledger.verify(LATER)).toEqual({ ...before, calls: before.calls - 4 });
    expect(await ledger.getVaultKey("key", LATER)).toEqual(used);
    expect(await ledger.getBudget("life", LATER)).toMatchObject({ spentMicros: 1_000_000 });
    expect(await ledger.countedMicros(counted("ch_1"))).toBe(1_000_000);
    expect(await prune(ledger)).toBe(0);
  });

  test("times are found between rows that are gone", async ({ ledger }) => {
    await fill(ledger);
    await ledger.admit(read("new", LATER));
    await prune(ledger);
    const minute = 61_000;
    expect(await listed(ledger, { from: TODAY, to: TODAY + 2 * minute })).toEqual(["posted"]);
    expect(await listed(ledger, { from: TODAY + 2 * minute })).toEqual(["new", "free"]);
    expect(await listed(ledger, { to: TODAY + 1 })).toEqual([]);
  });

  test("an act that was carried out is never carried out again, however old", async ({ ledger }) => {
    await fill(ledger);
    await ledger.admit(read("new", LATER));
    await prune(ledger);
    const again = admission("again", { at: LATER }, { claim: claim("posted"), claimLapsedBefore: LATER });
    expect(await ledger.admit(again)).toMatchObject({ kind: "refused", code: "outcome_unresolved" });
    const free = admission("free again", { at: LATER, usdMicros: 0 }, { claim: claim("free") });
    expect((await ledger.admit(free)).kind).toBe("refused");
    const anew = admission("anew", { at: LATER }, { claim: claim("voided") });
    expect(await ledger.admit(anew)).toEqual({ kind: "admitted" });
  });

  test("what is not settled stays with all that it takes to settle it", async ({ ledger }) => {
    await fill(ledger);
    await ledger.admit(admission("lost", { at: TODAY + DAY }));
    await ledger.settle(unknown("lost", { at: TODAY + DAY }));
    await ledger.admit(admission("waiting", { at: TODAY + DAY }));
    await ledger.settle(settlement("waiting", { at: TODAY + DAY, state: "awaiting", status: 200 }));
    await ledger.admit(read("new", LATER));
    await prune(ledger);
    const { data } = await ledger.listUnresolved({ limit: 10 });
    expect(data.map(({ call, body }) => [call.callId, body])).toEqual([
      ["lost", "amount=100&reference=lost"],
      ["waiting", "amount=100&reference=waiting"],
    ]);
    const repeat = admission("repeat", { at: LATER }, { claim: claim("waiting") });
    expect(await ledger.admit(repeat)).toMatchObject({ kind: "replay", callId: "waiting" });
    const resend = admission("resend", { at: LATER }, { claim: claim("lost") });
    expect(await ledger.admit(resend)).toMatchObject({ kind: "resend", callId: "lost" });
    await ledger.settle(settlement("lost", { at: LATER }));
    await ledger.settle(settlement("waiting", { at: LATER, by: { kind: "person", reason: "seen" } }));
    expect((await ledger.verify(LATER)).problems).toEqual([]);
  });

  test("a rate is not used up by rows that are gone", async ({ ledger }) => {
    await fill(ledger);
    await ledger.admit(read("other's", LATER, "other"));
    await prune(ledger);
    // The fourth newest of the key's counted rows is one that may be gone.
    for (const callId of ["a", "b", "c"]) await ledger.admit(read(callId, LATER + 61_000));
    expect(await ledger.getCall("c")).toMatchObject({ code: null });
    expect(await ledger.admit(read("d", LATER + 61_000))).toMatchObject({ code: "rate_limited" });
  });

  test("a clock that is ahead removes nothing early, and what is young stays", async ({ ledger }) => {
    await fill(ledger);
    // No event has brought so late a time: ledger time is of today.
    expect(await prune(ledger, { now: LATER + 1000 * DAY, keepMs: 3 * DAY })).toBe(0);
    await ledger.admit(read("new", LATER));
    expect(await prune(ledger, { now: TODAY, keepMs: 3 * DAY })).toBe(0);
    expect(await listed(ledger)).toHaveLength(7);
    await expect(ledger.prune({ now: LATER, keepMs: KEEP_MIN_MS - 1 })).rejects.toMatchObject({
      code: "argument_invalid",
    });
    await expect(ledger.prune({ now: LATER, keepMs: Number.NaN })).rejects.toMatchObject({
      code: "argument_invalid",
    });
  });

  test("what people were asked goes when it is of no use any more for long, and what may be used never", async (books) => {
    const { ledger } = books;
    const asking = (act: string, changes: Partial<ApprovalRequest> = {}) => ({
      approval: {
        ...{ approvalId: `apr_${act}`, act, terms: act, movedMicros: 1, always: true, askAtPercent: null },
        ...{ expiresInMs: DAY, deniedMs: DAY, content: "{}", ...changes },
      },
    });
    const ask = (act: string, changes: Partial<ApprovalRequest> = {}) =>
      ledger.admit(admission(`asks ${act}`, { at: TODAY }, asking(act, changes)));
    const say = (act: string, decision: "approved" | "denied") =>
      ledger.answerApproval({
        ...{ approvalId: `apr_${act}`, decision, by: "anna", reason: null, deadlineTime: TODAY },
      });
    const listed = async () =>
      (await books.ledger.listApprovals({}, { limit: 100 }, LATER)).data.map(({ approvalId }) => approvalId);
    await ledger.createVaultKey(vaultKey("key", { createdAt: TODAY }));
    const long = { expiresInMs: 30 * DAY, deniedMs: 30 * DAY };
    const young = { expiresInMs: 7 * DAY + 1 };
    for (const act of ["asked", "used", "denied", "unused"]) await ask(act);
    for (const act of ["kept", "no"]) await ask(act, long);
    await ask("young", young);
    await say("used", "approved");
    await ledger.admit(admission("uses it", { at: TODAY }, asking("used")));
    for (const act of ["denied", "no"]) await say(act, "denied");
    for (const act of ["unused", "kept"]) await say(act, "approved");
    expect(await prune(ledger)).toBe(0);
    await ledger.admit(read("new", LATER));
    await prune(ledger, { ...KEEP, now: TODAY });
    expect(await listed()).toHaveLength(7);
    expect(await prune(ledger)).toBeGreaterThanOrEqual(4);
    expect(await listed()).toEqual(["apr_young", "apr_no", "apr_kept"]);
    await books.reopen();
    const again = async (act: string) => {
      const answer = await books.ledger.admit(admission(`again ${act}`, { at: LATER }, asking(act, long)));
      return answer.kind === "refused" ? answer.code : answer.kind;
    };
    expect([await again("kept"), await again("no"), await again("unused"), await again("denied")]).toEqual([
      ...["admitted", "approval_denied", "approval_required", "approval_required"],
    ]);
    expect((await books.ledger.verify(LATER)).problems).toEqual([]);
  });

  test("what is removed is gone after a crash, too, and calls go on between the steps", async (books) => {
    await books.ledger.createVaultKey(
      vaultKey("key", {
        createdAt: TODAY,
        ownBudget: { capMicros: 1_000_000_000, windowMs: DAILY_WINDOW_MS },
      }),
    );
    for (let index = 0; index < 6; index++) {
      const batch = Array.from({ length: 100 }, (_, call) =>
        books.ledger.admit(read(`c${index}-${call}`, TODAY)),
      );
      await Promise.all(batch);
    }
    await books.ledger.admit(read("new", LATER));
    await Promise.all([prune(books.ledger), books.ledger.admit(admission("meanwhile", { at: LATER }))]);
    await books.crash();
    expect(await listed(books.ledger, { vaultKeyId: "key" })).toContain("meanwhile");
    expect((await listed(books.ledger)).length).toBeLessThan(4);
    expect((await books.ledger.verify(LATER)).problems).toEqual([]);
  });
};
