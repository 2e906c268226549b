import { expect } from "vitest";
import {
  admission,
  claim,
  claimed,
  daily,
  facts,
  refusal,
  START,
  settlement,
  sharedBudget,
  vaultKey,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

const READ = { usdMicros: 0, amountMinor: null, currency: null, method: "GET" };

export const admissionSection: Section = (test) => {
  test("an admitted charge is held, its row there before the answer", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const asked = { runId: "run", agent: "billing", turn: "3", traceparent: "00-a-b-01" };
    expect(await ledger.admit(admission("one", asked))).toEqual({ kind: "admitted" });
    expect(await ledger.getCall("one")).toEqual({
      ...facts("one", asked),
      decision: "allowed",
      code: null,
      state: "held",
      status: null,
      upstreamRequestId: null,
      upstreamIdempotencyKey: "upstream one",
      objectId: null,
      latencyMs: null,
      times: 1,
      settledBy: null,
      settledReason: null,
      overHoldMicros: 0,
      customer: null,
      wouldCode: null,
    });
  });

  test("a free call without a claim reserves nothing; with one it is in flight", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1) }));
    await ledger.admit(admission("read", READ, { claim: null }));
    await ledger.admit(admission("write", READ));
    expect(await ledger.getCall("read")).toMatchObject({ state: "none", status: null });
    expect(await ledger.getCall("write")).toMatchObject({ state: "held", status: null });
  });

  test("a charge without a claim is held too", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one", {}, { claim: null }));
    await ledger.admit(admission("two", {}, { claim: null }));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 2_000_000 });
  });

  test("the cap may be used to the last cent", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(2_500_000) }));
    expect(await ledger.admit(admission("one", { usdMicros: 2_500_000 }))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("two", { usdMicros: 10_000 }))).toMatchObject({
      code: "spend_cap_exceeded",
    });
    expect(await ledger.admit(admission("read", READ))).toEqual({ kind: "admitted" });
  });

  test("a key without any budget moves no money", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(null) }));
    expect(await ledger.admit(admission("one"))).toMatchObject({
      kind: "refused",
      code: "spend_cap_exceeded",
      cap: { budget: null, capMicros: 0, requestedMicros: 1_000_000 },
    });
    expect(await ledger.admit(admission("read", READ))).toEqual({ kind: "admitted" });
  });

  test("a cap of 0 lets reads pass and no claim, however little it costs", async ({ ledger }) => {
    await ledger.createBudget(sharedBudget("frozen", { capMicros: 1 }));
    await ledger.createVaultKey(vaultKey("own", { ownBudget: daily(0) }));
    await ledger.createVaultKey(vaultKey("shared", { budgets: ["frozen"] }));
    const free = { usdMicros: 0, amountMinor: null, currency: null };
    const ask = (callId: string, vaultKeyId: string, request = {}) =>
      ledger.admit(admission(callId, { ...free, vaultKeyId }, request));
    expect(await ask("1", "own", { claim: null })).toEqual({ kind: "admitted" });
    expect(await ask("2", "own")).toMatchObject({
      code: "spend_cap_exceeded",
      cap: { budget: null, capMicros: 0, requestedMicros: 0 },
    });
    expect(await ask("3", "shared")).toEqual({ kind: "admitted" });
    await ledger.updateBudget("frozen", 0, START);
    expect(await ask("4", "shared")).toMatchObject({ cap: { budget: "frozen", capMicros: 0 } });
    expect(await ask("5", "shared", { claim: null })).toEqual({ kind: "admitted" });
    expect(await ask("6", "shared", { claim: claim("3") })).toEqual({ kind: "in_flight", callId: "3" });
  });

  test("a refusal is a row: denied, without a hold", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(0) }));
    await ledger.admit(admission("one", { agent: "billing" }));
    expect(await ledger.getCall("one")).toMatchObject({
      ...facts("one", { agent: "billing" }),
      decision: "denied",
      code: "spend_cap_exceeded",
      state: "none",
      latencyMs: 2,
    });
    // Nothing was claimed: the same act may be asked for again.
    expect(await ledger.findClaim(claimed("one"))).toBeNull();
  });

  test("a key ends at its expiry, to the millisecond", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { expiresAt: START + 10 }));
    expect(await ledger.admit(admission("one", { at: START + 9 }))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("two", { at: START + 10 }))).toMatchObject({
      code: "vault_key_expired",
    });
    // A clock that steps back does not revive it.
    expect(await ledger.admit(admission("three", { at: START }))).toMatchObject({
      code: "vault_key_expired",
    });
  });

  test("maxCalls counts admissions, not refusals and not replays", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { maxCalls: 2, ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one"));
    await ledger.admit(admission("refused"));
    await ledger.admit(admission("again", {}, { claim: claim("one") }));
    expect(await ledger.admit(admission("read", READ, { claim: null }))).toEqual({ kind: "admitted" });
    const third = await ledger.admit(admission("third", READ, { claim: null }));
    expect(third).toEqual({
      kind: "refused",
      code: "call_limit_exceeded",
      cap: null,
      first: null,
      approval: null,
    });
    expect(await ledger.admit(admission("replay", {}, { claim: claim("one") }))).toMatchObject({
      kind: "replay",
    });
  });

  test("ratePerMinute: no more in any 60 seconds, to the millisecond; refusals are not counted", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key", { ratePerMinute: 2 }));
    const ask = (callId: string, at: number) => ledger.admit(admission(callId, { at }));
    expect(await ask("one", START)).toEqual({ kind: "admitted" });
    await ledger.record(refusal("denied", { at: START }));
    expect(await ask("two", START + 30_000)).toEqual({ kind: "admitted" });
    expect(await ask("three", START + 59_999)).toMatchObject({ code: "rate_limited" });
    expect(await ask("four", START + 60_000)).toEqual({ kind: "admitted" });
    expect(await ask("five", START + 60_000)).toMatchObject({ code: "rate_limited" });
    expect(await ask("six", START + 89_999)).toMatchObject({ code: "rate_limited" });
    expect(await ask("seven", START + 90_000)).toEqual({ kind: "admitted" });
  });

  test("ratePerMinute counts replays and what was recorded, and limits replays", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ratePerMinute: 3 }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one"));
    const again = { claim: claim("one") };
    expect(await ledger.admit(admission("two", {}, again))).toMatchObject({ kind: "replay" });
    await ledger.record({ ...refusal("three"), decision: "replayed", code: null, status: 200 });
    expect(await ledger.admit(admission("four", {}, again))).toMatchObject({ code: "rate_limited" });
    expect(await ledger.admit(admission("five", { at: START + 60_000 }, again))).toMatchObject({
      kind: "replay",
    });
  });

  test("a rate of 0 admits nothing", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ratePerMinute: 0 }));
    expect(await ledger.admit(admission("one"))).toMatchObject({ code: "rate_limited" });
  });

  test("a key's limits are its own", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ratePerMinute: 1, maxCalls: 1 }));
    await ledger.createVaultKey(vaultKey("other", { ratePerMinute: 1, maxCalls: 1 }));
    expect(await ledger.admit(admission("one"))).toEqual({ kind: "admitted" });
    expect(await ledger.admit(admission("two", { vaultKeyId: "other" }))).toEqual({ kind: "admitted" });
  });

  test("refusals come in their order of precedence", async ({ ledger }) => {
    const limits = { ownBudget: daily(0), ratePerMinute: 0, maxCalls: 0 };
    await ledger.createVaultKey(vaultKey("all", { ...limits, expiresAt: START }));
    await ledger.createVaultKey(vaultKey("revoked", { ...limits, expiresAt: START }));
    await ledger.revokeVaultKey("revoked", START);
    await ledger.createVaultKey(vaultKey("calls", limits));
    await ledger.createVaultKey(vaultKey("rate", { ...limits, maxCalls: null }));
    await ledger.createVaultKey(vaultKey("cap", { ownBudget: daily(0) }));
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("first"));
    const codeOf = async (vaultKeyId: string, claimed: string | null) => {
      const request = { claim: claim(claimed ?? vaultKeyId, { actDigest: "another act" }) };
      const answer = await ledger.admit(admission(`${vaultKeyId}:${claimed}`, { vaultKeyId }, request));
      return answer.kind === "refused" ? answer.code : answer.kind;
    };
    expect(await codeOf("revoked", "first")).toBe("vault_key_revoked");
    expect(await codeOf("all", "first")).toBe("vault_key_expired");
    expect(await codeOf("calls", "first")).toBe("idempotency_error");
    expect(await codeOf("calls", null)).toBe("call_limit_exceeded");
    expect(await codeOf("rate", null)).toBe("rate_limited");
    expect(await codeOf("cap", null)).toBe("spend_cap_exceeded");
    expect(await codeOf("key", null)).toBe("admitted");
  });

  test("an unpriced request is never admitted, and writes nothing when its claim is gone", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key", { maxCalls: 0 }));
    const unpriced = { repeats: "gone", claim: claim("one", { body: null }) };
    expect(await ledger.admit(admission("one", { usdMicros: 0 }, unpriced))).toEqual({
      kind: "claim_changed",
    });
    expect(await ledger.getCall("one")).toBeNull();
    await ledger.revokeVaultKey("key", START);
    expect(await ledger.admit(admission("two", {}, unpriced))).toMatchObject({ code: "vault_key_revoked" });
  });

  test("an unknown vault key or a call id used twice is an error, and changes nothing", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const nobody = ledger.admit(admission("x", { vaultKeyId: "nobody" }));
    await expect(nobody).rejects.toMatchObject({ code: "vault_key_not_found" });
    await ledger.admit(admission("one"));
    const twice = ledger.admit(admission("one", {}, { claim: claim("other") }));
    await expect(twice).rejects.toMatchObject({ code: "call_exists" });
    await expect(ledger.record(refusal("one"))).rejects.toMatchObject({ code: "call_exists" });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ calls: 1, heldMicros: 1_000_000 });
  });
};
