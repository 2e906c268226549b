import { expect } from "vitest";
import {
  ANSWER,
  admission,
  claim,
  claimed,
  START,
  settlement,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Section } from "./section.ts";

const REWORDED = { claim: claim("one", { by: "act", actDigest: "the same in other words" }) };

/** Claims that go by the act: the same in other words, and for a time. */
export const actsSection: Section = (test) => {
  test("by act, other words are answered with the first answer until it has reached somebody", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    await books.ledger.admit(admission("one", {}, { claim: claim("one", { by: "act" }) }));
    expect(await books.ledger.admit(admission("two", {}, REWORDED))).toMatchObject({ kind: "in_flight" });
    await books.ledger.settle(settlement("one"));
    const replay = { kind: "replay", callId: "one", answer: ANSWER };
    expect(await books.ledger.admit(admission("two", {}, REWORDED))).toEqual(replay);
    await books.crash();
    expect(await books.ledger.admit(admission("three", {}, REWORDED))).toEqual(replay);
    await books.ledger.noteDelivery("one");
    const first = { callId: "one", objectId: "ch_1", at: START, answer: ANSWER };
    const repeat = { kind: "refused", code: "possible_repeat", cap: null, approval: null, first };
    expect(await books.ledger.admit(admission("four", {}, REWORDED))).toEqual(repeat);
    expect(await books.ledger.getCall("four")).toMatchObject({ decision: "denied", status: 409 });
    await books.reopen();
    expect(await books.ledger.admit(admission("five", {}, REWORDED))).toEqual(repeat);
    const equal = { claim: claim("one", { by: "act" }) };
    expect(await books.ledger.admit(admission("six", {}, equal))).toEqual(replay);
    // Of a call that nobody knows, nothing can be noted.
    await books.ledger.noteDelivery("nobody's");
  });

  test("a repeat that was sent in the batch of the delivery is told of it", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one", {}, { claim: claim("one", { by: "act" }) }));
    await ledger.settle(settlement("one"));
    const delivery = ledger.noteDelivery("one");
    expect(await ledger.admit(admission("two", {}, REWORDED))).toMatchObject({ code: "possible_repeat" });
    await delivery;
  });

  test("an act that another operation has said is not carried out, nor answered with that one's answer", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const charge = { claim: claim("as a charge", { otherKeys: ["as an intent"] }) };
    const intent = { claim: claim("as an intent", { otherKeys: ["as a charge"] }) };
    const both = await Promise.all([
      books.ledger.admit(admission("one", {}, charge)),
      books.ledger.admit(admission("two", {}, intent)),
    ]);
    expect(both).toEqual([{ kind: "admitted" }, { kind: "in_flight", callId: "one" }]);
    await books.ledger.settle(unknown("one"));
    const unanswered = { callId: "one", objectId: null, at: START, answer: null };
    const unresolved = {
      kind: "refused",
      code: "outcome_unresolved",
      cap: null,
      approval: null,
      first: unanswered,
    };
    expect(await books.ledger.admit(admission("three", {}, intent))).toEqual(unresolved);
    expect(await books.ledger.admit(admission("four", {}, charge))).toMatchObject({ kind: "resend" });
    await books.ledger.settle(settlement("one"));
    await books.reopen();
    const first = { callId: "one", objectId: "ch_1", at: START, answer: ANSWER };
    const repeat = { kind: "refused", code: "possible_repeat", cap: null, approval: null, first };
    expect(await books.ledger.admit(admission("five", {}, intent))).toEqual(repeat);
    expect(await books.ledger.getCall("five")).toMatchObject({ decision: "denied", status: 409 });
    expect(await books.ledger.admit(admission("six", {}, charge))).toMatchObject({ kind: "replay" });
  });

  test("what another operation was refused, this one may do", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one", {}, { claim: claim("as a charge") }));
    await ledger.settle(voided("one", { answer: { ...ANSWER, status: 402 }, status: 402, refused: true }));
    const intent = { claim: claim("as an intent", { otherKeys: ["as a charge"] }) };
    expect(await ledger.admit(admission("two", {}, intent))).toEqual({ kind: "admitted" });
    const waits = { kind: "in_flight", callId: "two" };
    expect(await ledger.admit(admission("three", {}, intent))).toEqual(waits);
  });

  test("by act, one that ends with its delivery is another act from then on, and the same one until then", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const byAct = (callId: string, callerKey: string | null = null) => {
      const asked = claim("one", { by: "act", endsWithDelivery: true, callerKey });
      return books.ledger.admit(admission(callId, { idempotencyKey: callerKey }, { claim: asked }));
    };
    await byAct("one", "made up");
    await books.ledger.settle(unknown("one"));
    expect(await byAct("two")).toMatchObject({ kind: "resend", callId: "one" });
    await books.ledger.settle(settlement("one"));
    expect(await byAct("two")).toMatchObject({ kind: "replay", callId: "one" });
    await books.ledger.noteDelivery("one");
    await books.reopen();
    expect(await byAct("three", "made up")).toMatchObject({ kind: "replay", callId: "one" });
    expect(await byAct("four", "made up anew")).toEqual({ kind: "admitted" });
    expect(await byAct("five")).toEqual({ kind: "in_flight", callId: "four" });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("what was undone is named and not replayed, to its own scope alone", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const byAct = (callId: string, key: string, scope = "acct_1", endsWithDelivery = false) =>
      books.ledger.admit(
        admission(callId, {}, { claim: claim(key, { by: "act", scope, endsWithDelivery }) }),
      );
    const made = async (...[callId, ...named]: Parameters<typeof byAct>) => {
      await byAct(callId, ...named);
      await books.ledger.settle(settlement(callId, { objectId: `ch_${callId}` }));
    };
    await made("one", "one");
    await made("draft", "draft", "acct_1", true);
    await made("other", "one", "acct_2");
    await books.ledger.admit(admission("undoing", {}, { claim: claim("undoing", { by: "act" }) }));
    const undoes = { scope: "acct_1", objectIds: ["ch_one", "ch_draft", "ch_other", "ch_nobodys"] };
    await books.ledger.settle(settlement("undoing", { objectId: "ch_one", undoes }));
    await books.reopen();
    expect(await byAct("again", "one")).toEqual({
      kind: "refused",
      code: "possible_repeat",
      cap: null,
      approval: null,
      first: { callId: "one", objectId: "ch_one", at: START, answer: null },
    });
    expect(await byAct("other again", "one", "acct_2")).toMatchObject({ kind: "replay", callId: "other" });
    // What undid it was answered, and is answered so again.
    expect(await byAct("undone again", "undoing")).toMatchObject({ kind: "replay", callId: "undoing" });
    expect(await byAct("draft again", "draft", "acct_1", true)).toEqual({ kind: "admitted" });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("a repeat that was sent in the batch of the undoing is told of it", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const byAct = (callId: string) =>
      ledger.admit(admission(callId, {}, { claim: claim("one", { by: "act" }) }));
    await byAct("one");
    await ledger.settle(settlement("one"));
    await ledger.admit(admission("undoing"));
    const undoes = { scope: "acct_1", objectIds: ["ch_1"] };
    const undone = ledger.settle(settlement("undoing", { objectId: "ch_1", undoes }));
    expect(await byAct("two")).toMatchObject({ code: "possible_repeat" });
    await undone;
  });

  test("by act, a claim that has lapsed is the next call's: one live claim at any time", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const byAct = (callId: string, claimLapsedBefore: number) =>
      ledger.admit(admission(callId, {}, { claim: claim("one", { by: "act" }), claimLapsedBefore }));
    await byAct("one", 0);
    await ledger.settle(settlement("one"));
    expect(await byAct("two", START)).toMatchObject({ kind: "replay", callId: "one" });
    const both = await Promise.all([byAct("three", START + 1), byAct("four", 0)]);
    expect(both).toEqual([{ kind: "admitted" }, { kind: "in_flight", callId: "three" }]);
    expect(await ledger.findClaim(claimed("one"))).toMatchObject({ callId: "three" });
    expect(await ledger.getVaultKey("key", START)).toMatchObject({
      spentMicros: 1_000_000,
      heldMicros: 1_000_000,
    });
    // What is unknown keeps its claim, however old it is.
    await ledger.settle(unknown("three"));
    expect(await byAct("five", START + 1)).toMatchObject({ kind: "resend", callId: "three" });
    await ledger.settle(settlement("three"));
    expect((await ledger.verify(START)).problems).toEqual([]);
  });
};
