import { type AlertBook, type AlertFiring, type AlertTarget, toldUnknown } from "@keybrake/ledger";
import { expect } from "vitest";
import { admission, claim, START, settlement, unknown, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

const BOUNDS = { at: START, keptMax: 100 };

function target(id: string, changes: Partial<AlertTarget> = {}): Omit<AlertTarget, "dropped"> {
  const { dropped: _, ...fields } = { dropped: 0, ...changes };
  return { id, kind: "webhook", shown: id, box: `box of ${id}`, types: null, createdAt: START, ...fields };
}

function firing(id: string, changes: Partial<AlertFiring> = {}): AlertFiring {
  return {
    ...{
      id,
      type: "budget.threshold",
      at: START,
      payload: `{"of":"${id}"}`,
      alsoMarks: [],
      onlyTarget: null,
    },
    once: { name: id, until: null },
    ...changes,
  };
}

const claimOf = (targetId: string, token: string, at = START) => ({ targetId, token, at, until: at + 1000 });

const outcome = (
  sequence: number,
  token: string,
  state: "pending" | "delivered" | "failed",
  dueAt = START,
) => ({
  ...{ sequence, token, state, dueAt, at: START + 5 },
  status: state === "delivered" ? 200 : null,
  error: state === "delivered" ? null : "econnrefused",
});

async function told(book: AlertBook, targetId: string | null = null): Promise<string[]> {
  const rows = await book.listDeliveries({ targetId, below: null, limit: 1000 });
  return rows.map((row) => `${row.alertId} → ${row.targetId}`).reverse();
}

export const alertsSection: Section = (test) => {
  test("a target is kept as it was given, and removed with what it was told", async (books) => {
    const { alerts } = books.ledger;
    expect(await alerts.listTargets()).toEqual([]);
    await alerts.addTarget(target("one", { types: ["call.unknown"] }));
    await alerts.addTarget(target("two", { kind: "slack", createdAt: START + 1 }));
    const one = { ...target("one", { types: ["call.unknown"] }), dropped: 0 };
    await books.reopen();
    const { alerts: again } = books.ledger;
    expect(await again.listTargets()).toEqual([
      one,
      { ...target("two", { kind: "slack", createdAt: START + 1 }), dropped: 0 },
    ]);
    await again.fire([firing("a")], BOUNDS);
    await again.removeTarget("two");
    expect(await again.listTargets()).toEqual([one]);
    expect(await told(again)).toEqual([]);
  });

  test("an alert is told to everybody who wants its type, under one id", async ({ ledger: { alerts } }) => {
    await alerts.addTarget(target("all"));
    await alerts.addTarget(target("some", { types: ["call.unknown", "vault_key.revoked"] }));
    await alerts.fire([firing("a"), firing("b", { type: "vault_key.revoked" })], BOUNDS);
    expect((await told(alerts)).toSorted()).toEqual(["a → all", "b → all", "b → some"]);
    // A part of a type's name is not the type; a test is for one alone, whatever its types.
    await alerts.fire(
      [firing("c", { type: "call" }), firing("d", { type: "test", onlyTarget: "some" })],
      BOUNDS,
    );
    expect(await told(alerts, "some")).toEqual(["b → some", "d → some"]);
    expect(await told(alerts, "all")).toEqual(["a → all", "b → all", "c → all"]);
  });

  test("what a mark guards is told once, however many tell it at once, until it guards no longer", async (books) => {
    await books.ledger.alerts.addTarget(target("one"));
    const once = { name: "budget:1:80", until: START + 1000 };
    const all = Array.from({ length: 20 }, (_, index) => firing(`a${index}`, { once }));
    await Promise.all(all.map((one) => books.ledger.alerts.fire([one], BOUNDS)));
    expect(await told(books.ledger.alerts)).toEqual(["a0 → one"]);
    await books.crash();
    const { alerts } = books.ledger;
    await alerts.fire([firing("early", { once, at: START + 999 })], { ...BOUNDS, at: START + 5000 });
    expect(await told(alerts)).toEqual(["a0 → one"]);
    const next = { name: once.name, until: START + 2000 };
    await alerts.fire([firing("due", { once: next, at: START + 1000 })], BOUNDS);
    await alerts.fire([firing("late", { once: next, at: START + 1999 })], BOUNDS);
    expect(await told(alerts)).toEqual(["a0 → one", "due → one"]);
    const forGood = { name: "for good", until: null };
    await alerts.fire([firing("first", { once: forGood })], BOUNDS);
    await alerts.fire([firing("second", { once: forGood, at: Number.MAX_SAFE_INTEGER })], BOUNDS);
    expect(await told(alerts)).toEqual(["a0 → one", "due → one", "first → one"]);
  });

  test("a delivery is claimed by one at a time, in the order of the alerts", async ({
    ledger: { alerts },
  }) => {
    await alerts.addTarget(target("one"));
    await alerts.addTarget(target("two"));
    await alerts.fire([firing("a"), firing("b")], BOUNDS);
    expect((await alerts.dueTargets(START)).toSorted()).toEqual(["one", "two"]);
    const tries = await Promise.all(["x", "y", "z"].map((token) => alerts.claim(claimOf("one", token))));
    const [mine] = tries.filter((delivery) => delivery !== null);
    expect(tries.filter((delivery) => delivery !== null)).toHaveLength(1);
    expect(mine).toMatchObject({ alertId: "a", attempts: 1, payload: '{"of":"a"}', state: "pending" });
    expect(await alerts.dueTargets(START)).toEqual(["two"]);
    // Whoever claimed it died: after a while another one has it, and the first one's word counts no more.
    const token = ["x", "y", "z"][tries.findIndex((delivery) => delivery !== null)] ?? "";
    const later = await alerts.claim(claimOf("one", "later", START + 1000));
    expect(later).toMatchObject({ alertId: "a", attempts: 2 });
    const { sequence = 0 } = mine ?? {};
    await alerts.noteOutcome(outcome(sequence, token, "failed"));
    await alerts.noteOutcome(outcome(sequence, "later", "pending", START + 9000));
    expect(await alerts.claim(claimOf("one", "next", START + 1001))).toMatchObject({ alertId: "b" });
    const [, first] = await alerts.listDeliveries({ targetId: "one", below: null, limit: 10 });
    expect(first).toMatchObject({
      state: "pending",
      error: "econnrefused",
      dueAt: START + 9000,
      endedAt: null,
    });
  });

  test("what has ended is not sent again", async ({ ledger: { alerts } }) => {
    await alerts.addTarget(target("one"));
    await alerts.fire([firing("a")], BOUNDS);
    const { sequence = 0 } = (await alerts.claim(claimOf("one", "x"))) ?? {};
    await alerts.noteOutcome(outcome(sequence, "x", "delivered"));
    expect(await alerts.dueTargets(START + 10_000)).toEqual([]);
    expect(await alerts.claim(claimOf("one", "y", START + 10_000))).toBeNull();
    const [row] = await alerts.listDeliveries({ targetId: null, below: null, limit: 10 });
    expect(row).toMatchObject({ state: "delivered", status: 200, error: null, endedAt: START + 5 });
    expect(await alerts.listDeliveries({ targetId: null, below: sequence, limit: 10 })).toEqual([]);
  });

  test("a target that takes nothing keeps so many; the oldest go, and are counted", async ({
    ledger: { alerts },
  }) => {
    await alerts.addTarget(target("dead"));
    const many = Array.from({ length: 7 }, (_, index) => firing(`a${index}`));
    await alerts.fire(many, { at: START, keptMax: 3 });
    expect(await told(alerts)).toEqual(["a4 → dead", "a5 → dead", "a6 → dead"]);
    await alerts.fire([firing("b")], { at: START, keptMax: 3 });
    expect(await told(alerts)).toEqual(["a5 → dead", "a6 → dead", "b → dead"]);
    expect(await alerts.listTargets()).toMatchObject([{ id: "dead", dropped: 5 }]);
  });

  test("who begins to listen is told of nothing before; the books are gone through once, in order", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("before"));
    expect(await ledger.alerts.cursor()).toBeNull();
    await ledger.alerts.addTarget(target("one", { createdAt: START + 3 }));
    const began = await ledger.alerts.cursor();
    expect(began).toMatchObject({ beganAt: START + 3, lookedAt: START + 3 });
    if (began === null) throw new Error("nobody listens");
    expect(await ledger.alerts.seeCalls(began, 10)).toEqual([]);
    await ledger.admit(admission("after"));
    await ledger.admit(
      admission("twice", { at: START + 9 }, { claim: claim("after", { actDigest: "other" }) }),
    );
    const seen = await ledger.alerts.seeCalls(began, 10);
    expect(seen).toMatchObject([
      {
        vaultKeyId: "key",
        vaultKeyName: "name of key",
        simulate: false,
        decision: "allowed",
        usdMicros: 1_000_000,
      },
      { bookedAt: START + 9, decision: "denied", code: "idempotency_error", times: 1 },
    ]);
    expect(await ledger.alerts.seeCalls(began, 1)).toEqual(seen.slice(0, 1));
    const { sequence: call = 0, bookedAt = 0 } = seen[1] ?? {};
    await ledger.alerts.moveCursor({ call, bookedAt, lookedAt: START + 10 });
    await ledger.alerts.moveCursor({ ...began, lookedAt: START + 11 });
    expect(await ledger.alerts.cursor()).toEqual({
      call,
      bookedAt,
      beganAt: START + 3,
      lookedAt: START + 10,
    });
    await ledger.alerts.addTarget(target("another", { createdAt: START + 20 }));
    expect(await ledger.alerts.cursor()).toMatchObject({ call, beganAt: START + 3 });
  });

  test("troubled calls and revoked keys are found until somebody was told", async ({ ledger }) => {
    const { alerts } = ledger;
    await alerts.addTarget(target("one"));
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("play", { simulate: true }));
    for (const id of ["lost", "lost too", "more"]) await ledger.admit(admission(id));
    await ledger.admit(admission("played", { vaultKeyId: "play", simulate: true }));
    await ledger.settle(unknown("lost"));
    await ledger.settle(unknown("lost too"));
    await ledger.settle(unknown("played"));
    await ledger.settle(settlement("more", { usdMicros: 1_500_000, at: START + 7 }));
    await ledger.revokeVaultKey("key", START + 8);
    const lost = { vaultKeyId: "key", vaultKeyName: "name of key", usdMicros: 1_000_000 };
    expect(await alerts.untoldUnknown(10)).toEqual([
      { callId: "lost", ...lost },
      { callId: "lost too", ...lost },
    ]);
    expect(await alerts.untoldOverHolds(START + 7, 10)).toEqual([
      { ...lost, callId: "more", usdMicros: 500_000 },
    ]);
    expect(await alerts.untoldOverHolds(START + 8, 10)).toEqual([]);
    expect(await alerts.untoldRevoked(START + 8, 10)).toEqual([
      { id: "key", name: "name of key", revokedAt: START + 8 },
    ]);
    expect(await alerts.untoldRevoked(START + 9, 10)).toEqual([]);
    // Told together with what guards; when that guards already, nothing is noted.
    const alsoMarks = [{ name: toldUnknown("lost"), until: START + 100 }];
    const once = { name: "unknown:key", until: START + 50 };
    await alerts.fire([firing("a", { once, alsoMarks })], BOUNDS);
    expect(await alerts.untoldUnknown(10)).toMatchObject([{ callId: "lost too" }]);
    const guarded = [{ name: toldUnknown("lost too"), until: START + 100 }];
    await alerts.fire([firing("b", { once, alsoMarks: guarded })], BOUNDS);
    expect(await alerts.untoldUnknown(10)).toMatchObject([{ callId: "lost too" }]);
  });

  test("the books of a key are as its next hold would find them", async ({ ledger }) => {
    await ledger.createBudget({
      name: "team",
      capMicros: 5_000_000,
      windowMs: 1000,
      parent: null,
      createdAt: START,
    });
    await ledger.createVaultKey(vaultKey("key", { budgets: ["team"] }));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one"));
    await ledger.admit(admission("two"));
    const used = async (now: number) =>
      (await ledger.booksOfKey("key", now)).map(({ name, heldMicros, postedMicros }) => [
        name,
        heldMicros,
        postedMicros,
      ]);
    expect(await used(START)).toEqual([
      [null, 1_000_000, 1_000_000],
      ["team", 1_000_000, 1_000_000],
    ]);
    expect(await used(START + 1000)).toEqual([
      [null, 1_000_000, 1_000_000],
      ["team", 1_000_000, 0],
    ]);
    expect(await ledger.booksOfKey("nobody", START)).toEqual([]);
  });
};
