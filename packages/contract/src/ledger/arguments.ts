import type { AdmitRequest, CallFacts, Ledger, NewVaultKey, Settlement } from "@keybrake/ledger";
import { BUDGETS_PER_KEY_MAX, isLedgerError, LABELS_MAX } from "@keybrake/ledger";
import { expect } from "vitest";
import {
  admission,
  claim,
  claimed,
  daily,
  refusal,
  START,
  settlement,
  sharedBudget,
  vaultKey,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

/** What is not money: fractions, negatives, what is too large to be exact, and what is no number. */
const NOT_MONEY = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "100" as unknown as number];

async function expectInvalid(attempt: Promise<unknown>): Promise<void> {
  const error = await attempt.then(
    () => "nothing was refused",
    (reason: unknown) => reason,
  );
  expect(isLedgerError(error) ? error.code : error).toBe("argument_invalid");
}

async function expectUnchanged(ledger: Ledger): Promise<void> {
  expect(await ledger.getVaultKey("key", START)).toMatchObject({
    calls: 1,
    heldMicros: 1_000_000,
    spentMicros: 0,
  });
  expect((await ledger.listCalls({}, { limit: 10 })).data).toHaveLength(1);
}

export const argumentsSection: Section = (test) => {
  test("money and times that are none are refused at the door", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    for (const value of NOT_MONEY) {
      const asFact: Partial<CallFacts>[] = [{ usdMicros: value }, { amountMinor: value }, { at: value }];
      for (const changes of asFact) {
        await expectInvalid(ledger.admit(admission("two", changes)));
        await expectInvalid(ledger.record(refusal("two", changes)));
      }
      const asOutcome: Partial<Settlement>[] = [{ usdMicros: value }, { amountMinor: value }, { at: value }];
      for (const changes of asOutcome) await expectInvalid(ledger.settle(settlement("one", changes)));
      await expectInvalid(ledger.createBudget(sharedBudget("team", { capMicros: value })));
      await expectInvalid(ledger.updateBudget("team", value, START));
      await expectInvalid(ledger.updateVaultKey("key", value, START));
      await expectInvalid(ledger.revokeVaultKey("key", value));
      const asKey: Partial<NewVaultKey>[] = [
        { ownBudget: daily(value) },
        { ownBudget: { capMicros: 1, windowMs: value } },
        { maxCalls: value },
        { expiresAt: value },
      ];
      for (const changes of asKey) await expectInvalid(ledger.createVaultKey(vaultKey("other", changes)));
    }
    await expectUnchanged(ledger);
    expect(await ledger.getVaultKey("other", START)).toBeNull();
    expect((await ledger.listBudgets({ limit: 1 }, START)).data).toEqual([]);
  });

  test("malformed keys, claims and outcomes are refused at the door", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    const badKeys: Partial<NewVaultKey>[] = [
      { id: "" },
      { hash: "vk_live_secret" },
      { hash: "A".repeat(64) },
      { policy: undefined },
      { policy: { amount: 1n } },
      { budgets: [""] },
      { budgets: ["team", "team"] },
      { budgets: Array.from({ length: BUDGETS_PER_KEY_MAX + 1 }, (_, index) => `b${index}`) },
      {
        labels: Object.fromEntries(Array.from({ length: LABELS_MAX + 1 }, (_, index) => [`l${index}`, "x"])),
      },
      { vendor: "" },
      { account: "a\0b" },
    ];
    for (const changes of badKeys) await expectInvalid(ledger.createVaultKey(vaultKey("other", changes)));
    const badRequests: Partial<AdmitRequest>[] = [
      { claim: claim("") },
      // Two different lone surrogates would be stored as the same character.
      { claim: claim("\ud800") },
      { claim: claim("a\0b") },
      { claim: claim("x", { actDigest: "" }) },
      { claim: claim("x", { otherKeys: [""] }) },
      { claim: claim("x", { sharedDigest: "" }) },
      { claim: null, repeats: "one" },
      { latencyMs: Number.NaN },
    ];
    for (const changes of badRequests) await expectInvalid(ledger.admit(admission("two", {}, changes)));
    await expectInvalid(ledger.settle(settlement("one", { state: "held" as "posted" })));
    await expectInvalid(ledger.record({ ...refusal("two"), decision: "maybe" as "denied" }));
    await expectUnchanged(ledger);
  });

  test("pages have 1 to 1000 rows, and cursors are those that were given out", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("a"));
    await ledger.createVaultKey(vaultKey("b"));
    for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
      await expectInvalid(ledger.listCalls({}, { limit }));
      await expectInvalid(ledger.listVaultKeys({ limit }, START));
      await expectInvalid(ledger.listBudgets({ limit }, START));
    }
    const ofKeys = (await ledger.listVaultKeys({ limit: 1 }, START)).nextCursor ?? "";
    for (const cursor of ["", "1", "no cursor", ofKeys]) {
      const page = { limit: 1, cursor };
      await expect(ledger.listCalls({}, page)).rejects.toMatchObject({ code: "cursor_invalid" });
      await expect(ledger.listBudgets(page, START)).rejects.toMatchObject({ code: "cursor_invalid" });
    }
  });

  test("text is text: quotes, wildcards and scripts of any language come back as they went in", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key"));
    const odd = `'"; DROP TABLE calls; -- % _ \\ 日本語 🧾`;
    await ledger.admit(admission(odd, { runId: odd, agent: odd, idempotencyKey: odd, path: `/v1/${odd}` }));
    expect((await ledger.listCalls({ runId: odd, agent: odd }, { limit: 2 })).data).toHaveLength(1);
    expect((await ledger.listCalls({ runId: "%" }, { limit: 2 })).data).toEqual([]);
    expect(await ledger.getCall(odd)).toMatchObject({ runId: odd, path: `/v1/${odd}` });
    expect(await ledger.findClaim(claimed(odd))).toMatchObject({ callId: odd });
  });
};
