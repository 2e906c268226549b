import { expect } from "vitest";
import { admission, allPages, daily, hashOf, START, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

/** Of a key to which nothing has happened. */
const USABLE = { secretEndsAt: null, revokedAt: null, pausedAt: null, pausedAbove: 0, stops: [] };

export const vaultKeysSection: Section = (test) => {
  test("a key is found by its hash and shown as it was made", async ({ ledger }) => {
    const made = vaultKey("key", { maxCalls: 5, ratePerMinute: 9, simulate: true, role: null });
    expect(await ledger.createVaultKey(made)).toBe("created");
    const shown = { ...made, ...USABLE, calls: 0 };
    expect(await ledger.findVaultKeyByHash(made.hash)).toEqual(shown);
    expect(await ledger.getVaultKey("key", START)).toEqual({
      ...shown,
      spentMicros: 0,
      heldMicros: 0,
      remainingMicros: 100_000_000,
    });
  });

  test("what nobody made is not found", async ({ ledger }) => {
    expect(await ledger.findVaultKeyByHash(hashOf("nobody"))).toBeNull();
    expect(await ledger.getVaultKey("nobody", START)).toBeNull();
    expect(await ledger.revokeVaultKey("nobody", START)).toBeNull();
  });

  test("a key of a budget that does not exist is not stored", async ({ ledger }) => {
    expect(await ledger.createVaultKey(vaultKey("key", { budgets: ["team"] }))).toBe("budget_not_found");
    expect(await ledger.getVaultKey("key", START)).toBeNull();
  });

  test("an id or a hash is given once", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    const sameId = vaultKey("key", { hash: hashOf("other") });
    const sameHash = vaultKey("other", { hash: hashOf("key") });
    await expect(ledger.createVaultKey(sameId)).rejects.toMatchObject({ code: "vault_key_exists" });
    await expect(ledger.createVaultKey(sameHash)).rejects.toMatchObject({ code: "vault_key_exists" });
    expect((await ledger.findVaultKeyByHash(hashOf("key")))?.id).toBe("key");
  });

  test("what is fixed at creation stays, whatever becomes of the object that was passed", async (books) => {
    const policy = { allowed: ["charges.create"] };
    const labels: Record<string, string> = { team: "payments" };
    await books.ledger.createVaultKey(vaultKey("key", { policy, labels }));
    policy.allowed.push("refunds.create");
    labels.team = "changed";
    const shown = await books.ledger.findVaultKeyByHash(hashOf("key"));
    expect(shown).toMatchObject({ policy: { allowed: ["charges.create"] }, labels: { team: "payments" } });
    await books.ledger.revokeVaultKey("key", START + 1);
    await books.reopen();
    expect(await books.ledger.findVaultKeyByHash(hashOf("key"))).toEqual({
      ...vaultKey("key", { policy: { allowed: ["charges.create"] } }),
      ...USABLE,
      revokedAt: START + 1,
      calls: 0,
    });
  });

  test("policies are shown as they are parsed now, with defaults for what was not thought of then", async (books) => {
    await books.ledger.createVaultKey(vaultKey("old", { policy: { allowed: ["charges.create"] } }));
    const parsed: unknown[] = [];
    const parse = (stored: unknown) => {
      parsed.push(stored);
      if (JSON.stringify(stored).includes("broken")) throw new Error("no policy");
      return Object.assign({ dedupe: "auto" }, stored);
    };
    await books.reopen(parse);
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("new", { policy: { dedupe: "key" } }));
    const old = { policy: { allowed: ["charges.create"], dedupe: "auto" } };
    const atFirst = parsed.length;
    expect(await ledger.findVaultKeyByHash(hashOf("old"))).toMatchObject(old);
    expect(await ledger.getVaultKey("old", START)).toMatchObject(old);
    expect(await ledger.findVaultKeyByHash(hashOf("new"))).toMatchObject({ policy: { dedupe: "key" } });
    expect((await ledger.listVaultKeys({ limit: 2 }, START)).data[1]).toMatchObject(old);
    // Once for each key, and not for each time that it is asked for; what changes is read each time.
    expect(parsed.length - atFirst).toBe(2);
    await ledger.admit(admission("one", { vaultKeyId: "old" }));
    expect(await ledger.revokeVaultKey("old", START)).toMatchObject({ ...old, revokedAt: START, calls: 1 });
    expect(await ledger.findVaultKeyByHash(hashOf("old"))).toMatchObject({
      ...old,
      revokedAt: START,
      calls: 1,
    });
    const broken = ledger.createVaultKey(vaultKey("broken", { policy: { broken: true } }));
    await expect(broken).rejects.toMatchObject({ code: "argument_invalid" });
    expect(await ledger.findVaultKeyByHash(hashOf("broken"))).toBeNull();
  });

  test("a stored policy that cannot be read any more fails its own key alone", async (books) => {
    await books.ledger.createVaultKey(vaultKey("good"));
    await books.ledger.createVaultKey(vaultKey("bad", { policy: { broken: true } }));
    await books.reopen((stored) => {
      if (JSON.stringify(stored).includes("broken")) throw new Error("no policy");
      return stored;
    });
    const bad = books.ledger.findVaultKeyByHash(hashOf("bad"));
    await expect(bad).rejects.toMatchObject({ code: "store_corrupt" });
    expect(await books.ledger.findVaultKeyByHash(hashOf("good"))).toMatchObject({ id: "good" });
  });

  test("a revocation is idempotent: the first time stays", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key"));
    expect(await ledger.revokeVaultKey("key", START + 5)).toMatchObject({ id: "key", revokedAt: START + 5 });
    expect(await ledger.revokeVaultKey("key", START + 9)).toMatchObject({ revokedAt: START + 5 });
  });

  test("a revocation is obeyed by the very next admission, also when both were asked at once", async (books) => {
    await books.ledger.createVaultKey(vaultKey("key"));
    const [before, , after] = await Promise.all([
      books.ledger.admit(admission("before")),
      books.ledger.revokeVaultKey("key", START),
      books.ledger.admit(admission("after")),
    ]);
    expect(before).toEqual({ kind: "admitted" });
    expect(after).toEqual({
      kind: "refused",
      code: "vault_key_revoked",
      cap: null,
      first: null,
      approval: null,
    });
    expect(await books.ledger.getVaultKey("key", START)).toMatchObject({ calls: 1, revokedAt: START });
  });

  test("calls counts what was admitted", async ({ ledger }) => {
    await ledger.createVaultKey(vaultKey("key", { ownBudget: daily(1_000_000) }));
    await ledger.admit(admission("one"));
    await ledger.admit(admission("refused"));
    await ledger.admit(admission("read", { usdMicros: 0 }, { claim: null }));
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ calls: 2 });
  });

  test("keys are listed newest first, page by page, however many share a moment", async ({ ledger }) => {
    const ids = Array.from({ length: 7 }, (_, index) => `key_${index}`);
    for (const id of ids) await ledger.createVaultKey(vaultKey(id));
    for (const limit of [1, 3, 7, 1000]) {
      const listed = await allPages((cursor) => ledger.listVaultKeys({ limit, cursor }, START));
      expect(listed.map((key) => key.id)).toEqual(ids.toReversed());
    }
    const full = await ledger.listVaultKeys({ limit: 7 }, START);
    expect(full.nextCursor).toBeNull();
    expect(full.data[0]).toEqual(await ledger.getVaultKey("key_6", START));
  });
};
