import type { Stop } from "@keybrake/ledger";
import { expect } from "vitest";
import { admission, facts, hashOf, START, settlement, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

const PAUSED = { kind: "refused", code: "vault_key_paused" } as const;
const ADMITTED = { kind: "admitted" } as const;

function stop(id: string, changes: Partial<Stop> = {}): Stop {
  return { id, at: START, role: null, agent: null, labels: {}, vaultKeyIds: [], reason: null, ...changes };
}

/** Pauses, stops and other secrets: what ends a key's use for a while, or for some. */
export const haltsSection: Section = (test) => {
  test("a pause is obeyed by the very next admission and read, and ends with the resumption", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key"));
    const user = { facts: facts("read"), keyHash: hashOf("key") };
    expect(await ledger.endOfKey(user, START)).toBeNull();
    const [before, paused, after] = await Promise.all([
      ledger.admit(admission("before")),
      ledger.pauseVaultKey("key", START + 5),
      ledger.admit(admission("after")),
    ]);
    expect([before, after]).toMatchObject([ADMITTED, PAUSED]);
    expect(paused).toMatchObject({ pausedAt: START + 5, revokedAt: null });
    expect(await ledger.endOfKey(user, START)).toBe("vault_key_paused");
    // What is under way settles all the same.
    await ledger.settle(settlement("before"));
    expect(await ledger.pauseVaultKey("key", START + 9)).toMatchObject({ pausedAt: START + 5 });
    await books.reopen();
    expect(await books.ledger.findVaultKeyByHash(hashOf("key"))).toMatchObject({
      pausedAt: START + 5,
      calls: 1,
    });
    expect(await books.ledger.admit(admission("still"))).toMatchObject(PAUSED);
    expect(await books.ledger.resumeVaultKey("key")).toMatchObject({ pausedAt: null });
    expect(await books.ledger.admit(admission("again"))).toEqual(ADMITTED);
    expect(await books.ledger.endOfKey(user, START)).toBeNull();
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000, calls: 2 });
  });

  test("nobody's key is neither paused nor resumed nor rotated", async ({ ledger }) => {
    expect(await ledger.pauseVaultKey("nobody", START)).toBeNull();
    expect(await ledger.resumeVaultKey("nobody")).toBeNull();
    expect(await ledger.rotateVaultKey("nobody", { hash: hashOf("x"), previousEndsAt: 0 })).toBeNull();
  });

  test("what is over comes before what is paused", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { expiresAt: START + 10 }));
    await ledger.pauseVaultKey("key", START);
    expect(await ledger.admit(admission("one", { at: START + 10 }))).toMatchObject({
      code: "vault_key_expired",
    });
    await ledger.revokeVaultKey("key", START);
    expect(await ledger.admit(admission("two"))).toMatchObject({ code: "vault_key_revoked" });
  });

  test("a stop speaks against what has all that it names, of later keys, too", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("billing", { role: "billing" }));
    await ledger.createVaultKey(vaultKey("refund", { role: "refund" }));
    let asked = 0;
    const ask = async (vaultKeyId: string, role: string, changes: object = {}) =>
      books.ledger.admit(
        admission(`c${asked++}`, { vaultKeyId, role, labels: { team: "payments" }, ...changes }),
      );
    const [first, , second] = await Promise.all([
      ask("refund", "refund"),
      ledger.stop(stop("by role", { role: "refund" })),
      ask("refund", "refund"),
    ]);
    expect([first, second]).toMatchObject([ADMITTED, PAUSED]);
    expect(await ask("billing", "billing")).toEqual(ADMITTED);
    await ledger.createVaultKey(vaultKey("later", { role: "refund" }));
    expect(await ask("later", "refund")).toMatchObject(PAUSED);
    await ledger.stop(stop("by label", { labels: { team: "payments", env: "prod" } }));
    expect(await ask("billing", "billing")).toEqual(ADMITTED);
    const inProd = { labels: { team: "payments", env: "prod", more: "x" } };
    expect(await ask("billing", "billing", inProd)).toMatchObject(PAUSED);
    await ledger.stop(stop("by agent", { agent: "odd", vaultKeyIds: ["billing"] }));
    // Whatever the key's calls say of themselves.
    expect(await ask("billing", "billing", { agent: "even" })).toMatchObject(PAUSED);
    await books.reopen();
    expect((await books.ledger.listStops()).map(({ id }) => id)).toEqual(["by role", "by label", "by agent"]);
    expect(await ask("later", "refund")).toMatchObject(PAUSED);
    const found = await books.ledger.findVaultKeyByHash(hashOf("later"));
    expect(found?.stops.map(({ id }) => id)).toEqual(["by role", "by label", "by agent"]);
    for (const id of ["by role", "by label", "by agent"])
      expect(await books.ledger.liftStop(id)).toMatchObject({ id });
    expect(await books.ledger.liftStop("by role")).toBeNull();
    expect(await ask("later", "refund")).toEqual(ADMITTED);
    expect(await ask("billing", "billing", { agent: "odd" })).toEqual(ADMITTED);
    expect((await books.ledger.findVaultKeyByHash(hashOf("later")))?.stops).toEqual([]);
  });

  test("of two stops each one is enough, and neither is a pause", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.pauseVaultKey("key", START);
    expect(await ledger.stop(stop("all"))).toMatchObject({ id: "all" });
    await ledger.stop(stop("some", { role: "billing" }));
    const user = { facts: facts("read"), keyHash: hashOf("key") };
    await ledger.liftStop("some");
    expect(await ledger.admit(admission("one"))).toMatchObject(PAUSED);
    await ledger.resumeVaultKey("key");
    expect(await ledger.endOfKey(user, START)).toBe("vault_key_paused");
    await ledger.liftStop("all");
    expect(await ledger.endOfKey(user, START)).toBeNull();
  });

  test("the same filter is the same stop, and there is an end to them", async ({ ledger }) => {
    await ledger.stop(stop("one", { agent: "odd", vaultKeyIds: ["a"] }));
    const again = await ledger.stop(stop("two", { agent: "odd", vaultKeyIds: ["b"] }));
    expect(again).toMatchObject({ id: "one", vaultKeyIds: ["a", "b"] });
    for (let index = 1; index < 100; index++)
      await ledger.stop(stop(`s${index}`, { labels: { n: `${index}` } }));
    expect(await ledger.stop(stop("more", { role: "refund" }))).toBe("too_many_stops");
    expect(await ledger.listStops()).toHaveLength(100);
  });

  test("the keys that may be used are told apart from those that may not", async ({ ledger }) => {
    for (const id of ["usable", "revoked", "paused"]) await ledger.createVaultKey(vaultKey(id));
    await ledger.createVaultKey(vaultKey("expired", { expiresAt: START + 1 }));
    await ledger.revokeVaultKey("revoked", START);
    await ledger.pauseVaultKey("paused", START);
    expect(await ledger.usableVaultKeys(START + 1)).toEqual([
      { id: "usable", role: "billing", labels: { team: "payments" } },
    ]);
  });

  test("another secret has the same key, with what it has spent; the one before ends when it was said", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.admit(admission("one"));
    await ledger.settle(settlement("one"));
    const secret = { hash: hashOf("second"), previousEndsAt: START + 100 };
    expect(await ledger.rotateVaultKey("key", secret)).toMatchObject({ id: "key", hash: hashOf("second") });
    const by = async (hash: string, callId: string, at = START) =>
      books.ledger.admit(admission(callId, { at }, { keyHash: hash }));
    expect(await ledger.findVaultKeyByHash(hashOf("key"))).toMatchObject({
      ...{ id: "key", hash: hashOf("key"), secretEndsAt: START + 100 },
    });
    expect(await ledger.findVaultKeyByHash(hashOf("second"))).toMatchObject({
      ...{ id: "key", hash: hashOf("second"), secretEndsAt: null, calls: 1 },
    });
    expect(await by(hashOf("key"), "two", START + 99)).toEqual(ADMITTED);
    expect(await by(hashOf("key"), "three", START + 100)).toMatchObject({ code: "invalid_vault_key" });
    expect(await by(hashOf("second"), "four", START + 100)).toEqual(ADMITTED);
    await books.reopen();
    expect(await by(hashOf("key"), "five", START + 100)).toMatchObject({ code: "invalid_vault_key" });
    // Only one secret before the newest is known at all.
    await books.ledger.rotateVaultKey("key", { hash: hashOf("third"), previousEndsAt: START + 1000 });
    expect(await books.ledger.findVaultKeyByHash(hashOf("key"))).toBeNull();
    expect(await by(hashOf("key"), "six")).toMatchObject({ code: "invalid_vault_key" });
    expect(await by(hashOf("second"), "seven", START + 101)).toEqual(ADMITTED);
    const user = (hash: string) => ({ facts: facts("read"), keyHash: hash });
    expect(await books.ledger.endOfKey(user(hashOf("second")), START + 1000)).toBe("invalid_vault_key");
    expect(await books.ledger.endOfKey(user(hashOf("third")), START + 1000)).toBeNull();
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ spentMicros: 1_000_000, calls: 4 });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("a rotation without an overlap is obeyed by the very next admission, asked at once", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("key"));
    await ledger.createVaultKey(vaultKey("other"));
    const [before, , after] = await Promise.all([
      ledger.admit(admission("before")),
      ledger.rotateVaultKey("key", { hash: hashOf("second"), previousEndsAt: START }),
      ledger.admit(admission("after")),
    ]);
    expect([before, after]).toMatchObject([ADMITTED, { code: "invalid_vault_key" }]);
    const taken = (hash: string) => ledger.rotateVaultKey("other", { hash, previousEndsAt: START });
    for (const hash of [hashOf("key"), hashOf("second"), hashOf("other")])
      await expect(taken(hash)).rejects.toMatchObject({ code: "vault_key_exists" });
    await expect(ledger.createVaultKey(vaultKey("new", { hash: hashOf("key") }))).rejects.toMatchObject({
      code: "vault_key_exists",
    });
  });

  test("what has ended gets no other secret", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("revoked"));
    await ledger.revokeVaultKey("revoked", START);
    expect(await ledger.rotateVaultKey("revoked", { hash: hashOf("x"), previousEndsAt: START })).toBe(
      "ended",
    );
    expect(await ledger.findVaultKeyByHash(hashOf("x"))).toBeNull();
  });
};
