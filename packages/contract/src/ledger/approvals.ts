import type { AdmitRequest, ApprovalRequest, CallFacts, Ledger } from "@keybrake/ledger";
import { expect } from "vitest";
import { admission, allPages, claim, daily, START, settlement, unknown, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

const HOUR_MS = 3_600_000;

/** A person is asked about the act `one`, in its own words, at 1 USD. */
function asking(approvalId: string, changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    approvalId,
    act: "one",
    terms: "terms of one",
    movedMicros: 1_000_000,
    always: true,
    askAtPercent: null,
    expiresInMs: HOUR_MS,
    deniedMs: 24 * HOUR_MS,
    content: '{"description":"ünï©ødé"}',
    ...changes,
  };
}

/** One call after the other asks under its own name. */
function ask(
  callId: string,
  approval: Partial<ApprovalRequest> = {},
  changes: Partial<CallFacts> = {},
  request: Partial<Omit<AdmitRequest, "facts">> = {},
): AdmitRequest {
  return admission(callId, changes, { approval: asking(`apr_${callId}`, approval), ...request });
}

const answer = (approvalId: string, decision: "approved" | "denied", deadlineTime = START) =>
  ({ approvalId, decision, by: "anna", reason: "known customer", deadlineTime }) as const;

async function outcome(ledger: Ledger, request: AdmitRequest): Promise<string> {
  const admitted = await ledger.admit(request);
  return admitted.kind === "refused" ? admitted.code : admitted.kind;
}

export const approvalsSection: Section = (test) => {
  test("an act that a person must agree to is refused, asked about once, and admitted once", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key"));
    const first = await ledger.admit(ask("a"));
    expect(first).toEqual({
      kind: "refused",
      code: "approval_required",
      cap: null,
      first: null,
      approval: { approvalId: "apr_a", endsAt: START + HOUR_MS, cause: "amount", reason: null },
    });
    expect(await ledger.getCall("a")).toMatchObject({ decision: "denied", state: "none", status: 403 });
    expect(await ledger.admit(ask("b"))).toMatchObject({ approval: { approvalId: "apr_a" } });
    expect((await ledger.listApprovals({}, { limit: 10 }, START)).data).toHaveLength(1);
    const decided = await ledger.answerApproval(answer("apr_a", "approved"));
    expect(decided).toMatchObject({ kind: "decided", approval: { state: "approved", decidedBy: "anna" } });
    await books.reopen();
    expect(await outcome(books.ledger, ask("c"))).toBe("admitted");
    expect(await books.ledger.getApproval("apr_a")).toMatchObject({
      ...{ state: "used", usedBy: "c", content: '{"description":"ünï©ødé"}', askedAt: START },
      facts: { callId: "a", vaultKeyId: "key", operation: "charges.create" },
      ...{ act: "one", terms: "terms of one", movedMicros: 1_000_000, cause: "amount" },
      ...{ decidedAt: START, decidedReason: "known customer" },
    });
    await books.ledger.settle(settlement("c"));
    expect(await outcome(books.ledger, ask("d"))).toBe("approval_required");
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("200 at once make one card, and of 200 that come back one is admitted", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000_000) }));
    const many = (name: string) =>
      Promise.all(Array.from({ length: 200 }, (_, index) => outcome(ledger, ask(`${name}${index}`))));
    expect(new Set(await many("a"))).toEqual(new Set(["approval_required"]));
    const { data } = await ledger.listApprovals({ status: "pending" }, { limit: 10 }, START);
    expect(data).toHaveLength(1);
    await ledger.answerApproval(answer(data[0]?.approvalId ?? "", "approved"));
    expect((await many("b")).filter((kind) => kind === "admitted")).toHaveLength(1);
  });

  test("an approval is for nothing else: another key, other words, another act, a higher price", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("other"));
    await ledger.admit(ask("a"));
    await ledger.answerApproval(answer("apr_a", "approved"));
    expect(await outcome(ledger, ask("key", {}, { vaultKeyId: "other" }))).toBe("approval_required");
    expect(await outcome(ledger, ask("words", { terms: "other terms" }))).toBe("approval_required");
    expect(await outcome(ledger, ask("act", { act: "two" }))).toBe("approval_required");
    expect(await outcome(ledger, ask("more", { movedMicros: 1_000_001 }))).toBe("approval_required");
    expect(await ledger.getApproval("apr_a")).toMatchObject({ state: "approved", usedBy: null });
  });

  test("it may come to less when it is used", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    await ledger.answerApproval(answer("apr_a", "approved"));
    expect(await outcome(ledger, ask("less", { movedMicros: 999_999 }))).toBe("admitted");
  });

  test("when the price has grown, the card of the lower one can be neither answered nor used", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    await ledger.admit(ask("b", { movedMicros: 2_000_000 }));
    expect(await ledger.answerApproval(answer("apr_a", "approved"))).toMatchObject({ kind: "ended" });
    expect(await ledger.answerApproval(answer("apr_b", "approved"))).toMatchObject({ kind: "decided" });
    expect(await outcome(ledger, ask("c", { movedMicros: 2_000_000 }))).toBe("admitted");
  });

  test("what is used ends the act's other cards", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    await ledger.admit(ask("b", { terms: "other terms" }));
    await ledger.answerApproval(answer("apr_a", "approved"));
    await ledger.answerApproval(answer("apr_b", "approved"));
    expect(await outcome(ledger, ask("c"))).toBe("admitted");
    expect(await outcome(ledger, ask("d", { terms: "other terms" }))).toBe("approval_required");
  });

  test("a denial holds in any words and at any price, until it ends", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    await ledger.answerApproval(answer("apr_a", "denied"));
    const refused = await ledger.admit(ask("b", { terms: "other terms", movedMicros: 1 }));
    expect(refused).toMatchObject({
      ...{ kind: "refused", code: "approval_denied" },
      approval: { approvalId: "apr_a", reason: "known customer" },
    });
    const at = START + 24 * HOUR_MS;
    expect(await outcome(ledger, ask("c", {}, { at: at - 1 }))).toBe("approval_denied");
    expect(await outcome(ledger, ask("d", {}, { at }))).toBe("approval_required");
  });

  test("the first answer stands, and the same one may be given again", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    const both = await Promise.all([
      ledger.answerApproval(answer("apr_a", "denied")),
      ledger.answerApproval(answer("apr_a", "approved")),
    ]);
    expect(both.map(({ kind }) => kind)).toEqual(["decided", "decided_before"]);
    expect(await ledger.answerApproval(answer("apr_a", "denied"))).toMatchObject({ kind: "decided" });
    expect(await ledger.answerApproval(answer("apr_none", "approved"))).toEqual({ kind: "not_found" });
    expect(await outcome(ledger, ask("b"))).toBe("approval_denied");
  });

  test("both clocks end what is asked: it can be neither answered nor used any more", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    const end = START + HOUR_MS;
    expect(await ledger.answerApproval(answer("apr_a", "approved", end))).toMatchObject({ kind: "ended" });
    await ledger.answerApproval(answer("apr_a", "approved", end - 1));
    const late = ask("b", {}, {}, { deadlineTime: end });
    expect(await outcome(ledger, late)).toBe("approval_required");
    expect(await ledger.getApproval("apr_a")).toMatchObject({ state: "approved", usedBy: null });
    const shown = async (status: "approved" | "expired" | "pending") =>
      (await ledger.listApprovals({ status }, { limit: 10 }, end)).data.map(({ approvalId }) => approvalId);
    expect(await shown("expired")).toEqual(["apr_a"]);
    expect(await shown("approved")).toEqual([]);
    expect(await shown("pending")).toEqual(["apr_b"]);
  });

  test("a key that has ended loses what was approved, and nothing more is approved for it", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    await ledger.admit(ask("b", { act: "two" }));
    await ledger.answerApproval(answer("apr_a", "approved"));
    await ledger.revokeVaultKey("key", START);
    expect(await outcome(ledger, ask("c"))).toBe("vault_key_revoked");
    expect(await ledger.answerApproval(answer("apr_b", "approved"))).toMatchObject({ kind: "ended" });
  });

  test("a known act is replayed and sent again without asking, unless it costs more", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(ask("a"));
    await ledger.answerApproval(answer("apr_a", "approved"));
    const one = { claim: claim("one") };
    expect(await outcome(ledger, ask("b", {}, {}, one))).toBe("admitted");
    await ledger.settle(unknown("b"));
    const again = { ...one, repeats: "b" };
    expect(await outcome(ledger, ask("c", {}, {}, again))).toBe("resend");
    await ledger.settle(unknown("b"));
    const grown = { movedMicros: 2_000_000 };
    const more = { usdMicros: 2_000_000 };
    expect(await outcome(ledger, ask("d", grown, more, again))).toBe("approval_required");
    expect(await ledger.getCall("b")).toMatchObject({ state: "unknown", usdMicros: 1_000_000 });
    await ledger.answerApproval(answer("apr_d", "approved"));
    expect(await outcome(ledger, ask("e", grown, more, again))).toBe("resend");
    expect(await ledger.getApproval("apr_d")).toMatchObject({ state: "used", usedBy: "e" });
    await ledger.settle(settlement("b", { usdMicros: 2_000_000 }));
    expect(await outcome(ledger, ask("f", {}, {}, again))).toBe("replay");
  });

  test("what nothing allows is asked of nobody", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(999_999) }));
    expect(await outcome(ledger, ask("a"))).toBe("spend_cap_exceeded");
    expect((await ledger.listApprovals({}, { limit: 10 }, START)).data).toEqual([]);
  });

  test("before the wall: what would use more than so many percent of a budget is asked about", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(5_000_000) }));
    const soft = { always: false, askAtPercent: 40 };
    expect(await outcome(ledger, ask("a", soft))).toBe("admitted");
    expect(await outcome(ledger, ask("b", soft))).toBe("admitted");
    expect(await ledger.admit(ask("c", soft))).toMatchObject({ approval: { cause: "budget" } });
    await ledger.answerApproval(answer("apr_c", "approved"));
    expect(await outcome(ledger, ask("d", soft))).toBe("admitted");
  });

  test("so many acts of one key wait for a person, and no more", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("other"));
    const act = (index: number) => ({ act: `act ${index}`, terms: `terms ${index}` });
    const acts = Array.from({ length: 25 }, (_, index) => ledger.admit(ask(`${index}`, act(index))));
    const asked = (await Promise.all(acts)).filter(
      (admitted) => admitted.kind === "refused" && admitted.approval?.approvalId !== null,
    );
    expect(asked).toHaveLength(20);
    expect(await ledger.admit(ask("more", act(99)))).toMatchObject({
      ...{ code: "approval_required", approval: { approvalId: null, endsAt: null } },
    });
    expect(await ledger.admit(ask("own", act(99), { vaultKeyId: "other" }))).toMatchObject({
      approval: { approvalId: "apr_own" },
    });
    const pages = await allPages((cursor) =>
      ledger.listApprovals(
        { vaultKeyId: "key" },
        cursor === undefined ? { limit: 7 } : { limit: 7, cursor },
        START,
      ),
    );
    expect(pages).toHaveLength(20);
    expect(pages.map(({ sequence }) => sequence)).toEqual(
      pages.map(({ sequence }) => sequence).toSorted((a, b) => b - a),
    );
  });

  test("a crash after the approval was used forgets neither the hold nor the use", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    await books.ledger.admit(ask("a"));
    await books.ledger.answerApproval(answer("apr_a", "approved"));
    expect(await outcome(books.ledger, ask("b"))).toBe("admitted");
    await books.crash();
    expect(await books.ledger.getApproval("apr_a")).toMatchObject({ state: "used", usedBy: "b" });
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000 });
    expect(await outcome(books.ledger, ask("c"))).toBe("approval_required");
  });
};
