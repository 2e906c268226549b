import type { Delegation, NewVaultKey } from "@keybrake/ledger";
import { expect } from "vitest";
import { MET, playTrees, type TreeTally } from "./delegated-trees.ts";
import { admission, daily, facts, hashOf, START, settlement, sharedBudget, vaultKey } from "./fixtures.ts";
import type { Section } from "./section.ts";

/** A key that `parentId` makes, with a cap of 100 USD of its own. */
function delegated(
  id: string,
  parentId: string,
  changes: Partial<NewVaultKey> = {},
  rootId = parentId,
): Delegation {
  return {
    key: vaultKey(id, { parentId, rootId, ...changes }),
    user: { facts: facts("mint", { vaultKeyId: parentId }), keyHash: hashOf(parentId) },
    keysMax: 100,
    deadlineTime: START,
  };
}

/** Keys that other keys make: they spend what those may, and end with them. */
export const delegationSection: Section = (test) => {
  test("what a key below spends is its parent's, too, whatever cap of its own it has", async (books) => {
    const { ledger } = books;
    await ledger.createBudget(sharedBudget("team", { capMicros: 9_000_000 }));
    await ledger.createVaultKey(vaultKey("root", { ownBudget: daily(3_000_000), budgets: ["team"] }));
    for (const id of ["one", "two"])
      expect(await ledger.delegateVaultKey(delegated(id, "root"))).toBe("created");
    await books.reopen();
    const charge = async (callId: string, vaultKeyId: string) =>
      books.ledger.admit(admission(callId, { vaultKeyId }));
    expect(await charge("a", "one")).toEqual({ kind: "admitted" });
    expect(await charge("b", "two")).toEqual({ kind: "admitted" });
    await books.ledger.settle(settlement("a"));
    expect(await charge("c", "root")).toEqual({ kind: "admitted" });
    expect(await charge("d", "one")).toMatchObject({
      code: "spend_cap_exceeded",
      cap: { budget: null, above: true, capMicros: 3_000_000 },
    });
    expect(await books.ledger.getVaultKey("root", START)).toMatchObject({ remainingMicros: 0 });
    expect(await books.ledger.getVaultKey("two", START)).toMatchObject({
      remainingMicros: 0,
      heldMicros: 1_000_000,
    });
    expect(await books.ledger.getBudget("team", START)).toMatchObject({
      spentMicros: 1_000_000,
      heldMicros: 2_000_000,
    });
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });

  test("a revocation ends all that come of a key, also those that are made at once", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("root"));
    await ledger.delegateVaultKey(delegated("child", "root"));
    await ledger.delegateVaultKey(delegated("grandchild", "child", {}, "root"));
    await ledger.createVaultKey(vaultKey("other"));
    const [late, , tooLate] = await Promise.all([
      ledger.delegateVaultKey(delegated("late", "root")),
      ledger.revokeVaultKey("root", START + 5),
      ledger.delegateVaultKey(delegated("too late", "root")),
    ]);
    expect([late, tooLate]).toEqual(["created", "vault_key_revoked"]);
    expect(await ledger.delegateVaultKey(delegated("more", "child", {}, "root"))).toBe("vault_key_revoked");
    await books.reopen();
    for (const vaultKeyId of ["child", "grandchild", "late"]) {
      expect(await books.ledger.admit(admission(vaultKeyId, { vaultKeyId }))).toMatchObject({
        code: "vault_key_revoked",
      });
      expect(await books.ledger.findVaultKeyByHash(hashOf(vaultKeyId))).toMatchObject({
        revokedAt: START + 5,
      });
    }
    expect(await books.ledger.admit(admission("other", { vaultKeyId: "other" }))).toEqual({
      kind: "admitted",
    });
  });

  test("a pause above pauses what is below, and its end only what nothing else pauses", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("root"));
    await ledger.delegateVaultKey(delegated("child", "root"));
    await ledger.delegateVaultKey(delegated("grandchild", "child", {}, "root"));
    await ledger.delegateVaultKey(delegated("sibling", "root"));
    let asked = 0;
    const paused = async () => {
      const codes: string[] = [];
      for (const vaultKeyId of ["root", "child", "grandchild", "sibling"]) {
        const answer = await ledger.admit(admission(`c${asked++}`, { vaultKeyId }));
        if (answer.kind === "refused") codes.push(`${vaultKeyId} ${answer.code.slice("vault_key_".length)}`);
      }
      return codes;
    };
    await ledger.pauseVaultKey("root", START);
    expect(await paused()).toEqual(["root paused", "child paused", "grandchild paused", "sibling paused"]);
    const user = { facts: facts("read", { vaultKeyId: "grandchild" }), keyHash: hashOf("grandchild") };
    expect(await ledger.endOfKey(user, START)).toBe("vault_key_paused");
    expect(await ledger.delegateVaultKey(delegated("more", "child", {}, "root"))).toBe("vault_key_paused");
    await ledger.pauseVaultKey("child", START);
    await ledger.resumeVaultKey("root");
    expect(await paused()).toEqual(["child paused", "grandchild paused"]);
    await ledger.resumeVaultKey("child");
    expect(await paused()).toEqual([]);
    expect(await ledger.endOfKey(user, START)).toBeNull();
  });

  test("a stop of an agent holds for all that came of the keys that it used, also for those that are made at once", async (books) => {
    const { ledger } = books;
    await ledger.createVaultKey(vaultKey("root"));
    await ledger.createVaultKey(vaultKey("other"));
    await ledger.delegateVaultKey(delegated("child", "root"));
    await ledger.delegateVaultKey(delegated("grandchild", "child", {}, "root"));
    const stop = {
      ...{ id: "stop", at: START, role: null, agent: "odd", labels: {}, reason: null },
      vaultKeyIds: ["root"],
    };
    const [late, , tooLate] = await Promise.all([
      ledger.delegateVaultKey(delegated("late", "root")),
      ledger.stop(stop),
      ledger.delegateVaultKey(delegated("too late", "root")),
    ]);
    expect([late, tooLate]).toEqual(["created", "vault_key_paused"]);
    await books.reopen();
    for (const vaultKeyId of ["root", "child", "grandchild", "late"]) {
      expect(
        await books.ledger.admit(admission(vaultKeyId, { vaultKeyId, agent: "even" })),
        vaultKeyId,
      ).toMatchObject({ code: "vault_key_paused" });
      expect(await books.ledger.delegateVaultKey(delegated("more", vaultKeyId, {}, "root"))).toBe(
        "vault_key_paused",
      );
    }
    const other = admission("other", { vaultKeyId: "other", agent: "even" });
    expect(await books.ledger.admit(other)).toEqual({ kind: "admitted" });
    await books.ledger.liftStop("stop");
    const lifted = admission("lifted", { vaultKeyId: "grandchild", agent: "odd" });
    expect(await books.ledger.admit(lifted)).toEqual({ kind: "admitted" });
  });

  test("none outlives its parent, lies deeper than three, or is one too many, also at once", async ({
    ledger,
  }) => {
    await ledger.createVaultKey(vaultKey("root", { expiresAt: START + 1000 }));
    const below = { expiresAt: START + 1000 };
    expect(await ledger.delegateVaultKey(delegated("long", "root", { expiresAt: START + 1001 }))).toBe(
      "expires_later",
    );
    expect(await ledger.delegateVaultKey(delegated("1", "root", below))).toBe("created");
    expect(await ledger.delegateVaultKey(delegated("2", "1", below, "root"))).toBe("created");
    expect(await ledger.delegateVaultKey(delegated("3", "2", below, "root"))).toBe("created");
    expect(await ledger.delegateVaultKey(delegated("4", "3", below, "root"))).toBe("too_deep");
    const many = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        ledger.delegateVaultKey({
          ...delegated(`m${index}`, index % 2 ? "root" : "1", below, "root"),
          keysMax: 8,
        }),
      ),
    );
    expect(many.filter((made) => made === "created")).toHaveLength(5);
    expect(new Set(many)).toEqual(new Set(["created", "too_many_keys"]));
    const late = { ...delegated("late", "root", below), deadlineTime: START + 1000 };
    expect(await ledger.delegateVaultKey(late)).toBe("vault_key_expired");
    const replaced = delegated("r", "root", below);
    await ledger.rotateVaultKey("root", { hash: hashOf("second"), previousEndsAt: START });
    expect(await ledger.delegateVaultKey(replaced)).toBe("invalid_vault_key");
  });

  test("of many random trees none spends, or is used, beyond what is above it", async (books) => {
    const tally: TreeTally = new Map();
    await playTrees(books.ledger, { from: 5_000_000, count: 4 * books.histories }, tally);
    for (const met of MET) expect(tally.get(met), met).toBeGreaterThan(0);
    await books.reopen();
    expect((await books.ledger.verify(START)).problems).toEqual([]);
  });
};
