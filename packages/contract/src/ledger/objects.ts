import { expect } from "vitest";
import {
  admission,
  claim,
  counted,
  daily,
  START,
  settlement,
  unknown,
  vaultKey,
  voided,
} from "./fixtures.ts";
import type { Books, Section } from "./section.ts";

const USD = 1_000_000;

/** A call that sets the object's total to `usd`, with what it exceeds held. */
function asks(callId: string, heldUsd: number, vaultKeyId = "key") {
  return admission(callId, { vaultKeyId, usdMicros: heldUsd * USD }, { objectId: "pi_1" });
}

/** Its answer: the object's total is `usd`. */
function says(callId: string, usd: number) {
  return settlement(callId, { usdMicros: usd * USD, objectId: "pi_1", totalOf: counted("pi_1") });
}

async function made({ ledger }: Books, usd: number): Promise<void> {
  await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(100 * USD) }));
  await ledger.admit(admission("make", { usdMicros: usd * USD }));
  await ledger.settle(settlement("make", { usdMicros: usd * USD, objectId: "pi_1" }));
}

/** Calls that set the total of one object: what it has counted is looked at in the settling transaction. */
export const objectsSection: Section = (test) => {
  const usage = async ({ ledger }: Books, id = "key") => {
    const key = await ledger.getVaultKey(id, START);
    return { spent: (key?.spentMicros ?? 0) / USD, held: (key?.heldMicros ?? 0) / USD };
  };

  test("a held call names its object from the start", async (books) => {
    await made(books, 10);
    await books.ledger.admit(asks("raise", 20));
    expect(await books.ledger.getCall("raise")).toMatchObject({ state: "held", objectId: "pi_1" });
  });

  test("only what exceeds the counted total is posted", async (books) => {
    await made(books, 10);
    await books.ledger.admit(asks("raise", 20));
    expect(await books.ledger.settle(says("raise", 30))).toEqual({ overHoldMicros: 0 });
    expect(await books.ledger.getCall("raise")).toMatchObject({ state: "posted", usdMicros: 20 * USD });
    expect(await usage(books)).toEqual({ spent: 30, held: 0 });
  });

  test("two raises at once count the higher total once, in either order of their answers", async (books) => {
    for (const order of [
      ["to 50", "to 60"],
      ["to 60", "to 50"],
    ] as const) {
      const id = `key ${order[0]}`;
      const [object, total] = [counted(`pi ${id}`), { "to 50": 50, "to 60": 60 }];
      await books.ledger.createVaultKey(vaultKey(id, { ownBudget: daily(200 * USD) }));
      for (const raise of order) {
        const facts = { vaultKeyId: id, usdMicros: total[raise] * USD };
        await books.ledger.admit(admission(`${id} ${raise}`, facts, { objectId: object.objectId }));
      }
      for (const raise of order) {
        const end = { usdMicros: total[raise] * USD, objectId: object.objectId, totalOf: object };
        await books.ledger.settle(settlement(`${id} ${raise}`, end));
      }
      expect(await books.ledger.countedMicros(object)).toBe(60 * USD);
      expect(await usage(books, id)).toEqual({ spent: 60, held: 0 });
    }
  });

  test("what one call posts of a raise, the raise holds no longer", async (books) => {
    await made(books, 10);
    await books.ledger.admit(asks("raise", 80));
    await books.ledger.admit(asks("confirm", 0));
    expect(await usage(books)).toEqual({ spent: 10, held: 80 });
    // The confirmation was answered first, and shows the raised total.
    expect(await books.ledger.settle(says("confirm", 90))).toEqual({ overHoldMicros: 0 });
    expect(await usage(books)).toEqual({ spent: 90, held: 0 });
    await books.ledger.settle(says("raise", 90));
    expect(await usage(books)).toEqual({ spent: 90, held: 0 });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("all in one breath comes to the same", async (books) => {
    await made(books, 10);
    const { ledger } = books;
    await Promise.all([
      ledger.admit(asks("raise", 40)),
      ledger.admit(asks("higher", 50)),
      ledger.settle(says("raise", 50)),
      ledger.settle(says("higher", 60)),
      ledger.admit(asks("confirm", 0)),
      ledger.settle(says("confirm", 60)),
    ]);
    expect(await usage(books)).toEqual({ spent: 60, held: 0 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("a raise of another key is lessened in that key's books, and what it did not hold alarms", async (books) => {
    await made(books, 10);
    await books.ledger.createVaultKey(vaultKey("other"));
    await books.ledger.admit(asks("raise", 80, "other"));
    await books.ledger.admit(asks("confirm", 0));
    expect(await books.ledger.settle(says("confirm", 90))).toEqual({ overHoldMicros: 80 * USD });
    expect(await usage(books)).toEqual({ spent: 90, held: 0 });
    expect(await usage(books, "other")).toEqual({ spent: 0, held: 0 });
    expect(await books.ledger.getCall("confirm")).toMatchObject({ overHoldMicros: 80 * USD });
    await books.ledger.settle(says("raise", 90));
    expect(await usage(books, "other")).toEqual({ spent: 0, held: 0 });
  });

  test("found by a look-up, a raise of another key is left to what that key holds for it", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(15 * USD) }));
    await ledger.createVaultKey(vaultKey("other"));
    await ledger.admit(admission("make", { usdMicros: 10 * USD }));
    await ledger.settle(unknown("make"));
    // Nobody had heard of the first ten: the raise holds all of it.
    await ledger.admit(asks("raise", 18, "other"));
    const sentAt = (await ledger.listUnresolved({ limit: 1 })).data[0]?.sentAt ?? 0;
    const found = { ...says("make", 18), by: { kind: "reconciler", sentAt } as const };
    expect(await ledger.settle(found)).toEqual({ overHoldMicros: 0 });
    expect(await usage(books)).toEqual({ spent: 10, held: 0 });
    expect(await usage(books, "other")).toEqual({ spent: 0, held: 8 });
    await ledger.settle(says("raise", 18));
    expect(await usage(books, "other")).toEqual({ spent: 8, held: 0 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("an unknown raise keeps what nobody has posted, and voids without a trace", async (books) => {
    await made(books, 10);
    await books.ledger.admit(asks("lost", 40));
    await books.ledger.settle(unknown("lost"));
    await books.ledger.admit(asks("confirm", 0));
    await books.ledger.settle(says("confirm", 30));
    expect(await usage(books)).toEqual({ spent: 30, held: 20 });
    await books.ledger.settle(voided("lost"));
    expect(await usage(books)).toEqual({ spent: 30, held: 0 });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("another account's object of the same id is another object", async (books) => {
    await made(books, 10);
    await books.ledger.createVaultKey(vaultKey("elsewhere", { account: "second" }));
    const facts = { vaultKeyId: "elsewhere", account: "second", usdMicros: 10 * USD };
    await books.ledger.admit(admission("raise", facts, { objectId: "pi_1" }));
    const wrong = books.ledger.settle(says("raise", 10));
    await expect(wrong).rejects.toMatchObject({ code: "settlement_invalid" });
    await books.ledger.settle({ ...says("raise", 10), totalOf: counted("pi_1", { account: "second" }) });
    expect(await usage(books, "elsewhere")).toEqual({ spent: 10, held: 0 });
  });

  test("what moved beyond the hold is posted and flagged", async (books) => {
    await made(books, 10);
    await books.ledger.admit(asks("raise", 5));
    expect(await books.ledger.settle(says("raise", 40))).toEqual({ overHoldMicros: 25 * USD });
    expect(await books.ledger.getCall("raise")).toMatchObject({ overHoldMicros: 25 * USD });
    expect(await usage(books)).toEqual({ spent: 40, held: 0 });
  });

  test("what awaits its payer counts for its object, and stays held until it is paid or dead", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(100 * USD) }));
    const unpaid = { state: "awaiting", objectId: "pi_1" } as const;
    await ledger.admit(admission("make", { usdMicros: 10 * USD }));
    await ledger.settle(settlement("make", unpaid));
    expect(await ledger.countedMicros(counted("pi_1"))).toBe(10 * USD);
    await ledger.admit(asks("raise", 20));
    await ledger.settle(settlement("raise", unpaid));
    // A later call adds nothing: what waits counts already, and is not lessened by it.
    await ledger.admit(asks("confirm", 0));
    await ledger.settle(says("confirm", 30));
    expect(await usage(books)).toEqual({ spent: 0, held: 30 });
    await ledger.settle(says("make", 30));
    expect(await usage(books)).toEqual({ spent: 10, held: 20 });
    await ledger.settle(says("raise", 30));
    expect(await usage(books)).toEqual({ spent: 30, held: 0 });
    expect(await ledger.countedMicros(counted("pi_1"))).toBe(30 * USD);
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("what awaited its payer is paid: an unheard raise of another key keeps all that it holds", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(100 * USD) }));
    await ledger.createVaultKey(vaultKey("other"));
    await ledger.admit(admission("make", { usdMicros: 10 * USD }));
    await ledger.settle(settlement("make", { state: "awaiting", objectId: "pi_1" }));
    await ledger.admit(asks("raise", 8, "other"));
    await ledger.settle(unknown("raise"));
    const waiting = await ledger.listUnresolved({ limit: 2 });
    const sentAt = waiting.data.find(({ call }) => call.callId === "make")?.sentAt ?? 0;
    await ledger.settle({ ...says("make", 18), by: { kind: "reconciler", sentAt } });
    expect(await usage(books)).toEqual({ spent: 10, held: 0 });
    expect(await usage(books, "other")).toEqual({ spent: 0, held: 8 });
    expect((await ledger.verify(START)).problems).toEqual([]);
  });

  test("what was never paid gives its hold back and keeps its claim: it was made", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const again = { claim: claim("make"), repeats: "make" };
    await ledger.admit(admission("make"));
    await ledger.settle(settlement("make", { state: "awaiting", objectId: "pi_1" }));
    expect(await ledger.admit(admission("again", {}, again))).toMatchObject({ kind: "replay" });
    await ledger.settle(voided("make", { objectId: "pi_1", status: null }));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 0, spentMicros: 0 });
    expect(await ledger.admit(admission("later", {}, again))).toMatchObject({ kind: "replay" });
  });

  test("a refusal that left an object is posted and gives its claim back, unless its answer is kept", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key"));
    const declined = { refused: true, code: "card_declined", status: 402, totalOf: counted("pi_1") };
    await ledger.admit(admission("first", { usdMicros: 7 * USD }));
    await ledger.settle({ ...says("first", 7), ...declined, answer: null });
    expect(await ledger.getCall("first")).toMatchObject({ state: "posted", code: "card_declined" });
    const again = { claim: claim("first") };
    expect(await ledger.admit(admission("again", { usdMicros: 7 * USD }, again))).toEqual({
      kind: "admitted",
    });
    // It counts once: this one left nothing that is not counted.
    await ledger.settle({ ...says("again", 7), ...declined });
    expect(await ledger.getCall("again")).toMatchObject({ state: "voided", usdMicros: 7 * USD });
    expect(await ledger.admit(admission("third", {}, again))).toMatchObject({ kind: "replay" });
    expect(await usage(books)).toEqual({ spent: 7, held: 0 });
  });
};
