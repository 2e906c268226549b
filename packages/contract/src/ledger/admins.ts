import type { AdminAction, AdminKey } from "@keybrake/ledger";
import { expect } from "vitest";
import { hashOf, START } from "./fixtures.ts";
import type { Section } from "./section.ts";

function adminKey(id: string, changes: Partial<AdminKey> = {}): AdminKey {
  return {
    ...{ id, hash: hashOf(id), name: `name of ${id}`, scope: "issuer", ceiling: '{"a":1}', keysPerHour: 3 },
    ...{ createdAt: START, expiresAt: START + 10, revokedAt: null },
    ...changes,
  };
}

function action(
  id: string,
  changes: Partial<AdminAction> = {},
): Omit<AdminAction, "sequence" | "status" | "code"> {
  const {
    sequence: _,
    status: __,
    code: ___,
    ...begun
  } = {
    ...{ sequence: 0, status: null, code: null },
    ...{ id, at: START, byId: "one", byName: "name", action: "vault-keys.create", target: null },
    ...{ detail: '{"name":"n"}', remoteAddress: "127.0.0.1" },
    ...changes,
  };
  return begun;
}

/** Who may use the admin API, and what they have done. */
export const adminsSection: Section = (test) => {
  test("admin keys are found by their hash, listed newest first, and revoked once", async (books) => {
    const { admins } = books.ledger;
    await admins.addKey(adminKey("one"));
    await admins.addKey(
      adminKey("two", { createdAt: START + 1, ceiling: null, keysPerHour: null, expiresAt: null }),
    );
    expect(await admins.findKey(hashOf("one"))).toEqual(adminKey("one"));
    expect(await admins.findKey(hashOf("nobody"))).toBeNull();
    await admins.revokeKey("one", START + 5);
    await admins.revokeKey("one", START + 9);
    await books.reopen();
    const listed = await books.ledger.admins.listKeys();
    expect(listed.map(({ id, revokedAt }) => [id, revokedAt])).toEqual([
      ["two", null],
      ["one", START + 5],
    ]);
  });

  test("an action is there from its beginning, and is found by what it was", async (books) => {
    const { admins } = books.ledger;
    await admins.beginAction(action("a", { target: "key_1", action: "vault-keys.revoke" }));
    await admins.beginAction(action("b", { at: START + 5, byId: "two" }));
    await admins.endAction("b", { target: "key_2", status: 201, code: null });
    await books.crash();
    const list = async (filter: object, below: number | null = null, limit = 10) =>
      (await books.ledger.admins.listActions(filter, { below, limit })).map(({ id }) => id);
    expect(await books.ledger.admins.listActions({}, { below: null, limit: 1 })).toEqual([
      {
        ...action("b", { at: START + 5, byId: "two", target: "key_2" }),
        sequence: 2,
        status: 201,
        code: null,
      },
    ]);
    expect(await list({})).toEqual(["b", "a"]);
    expect(await list({}, 2)).toEqual(["a"]);
    expect(await list({ byId: "two" })).toEqual(["b"]);
    expect(await list({ action: "vault-keys.revoke", target: "key_1" })).toEqual(["a"]);
    expect(await list({ from: START + 5 })).toEqual(["b"]);
    expect(await list({ to: START + 5 })).toEqual(["a"]);
  });

  test("of many issues at once no more than its share are an admin key's, in any hour", async ({
    ledger,
  }) => {
    const { admins } = ledger;
    const take = async (id: string, after = 0) => {
      await admins.beginAction(action(id));
      return admins.takeIssue(id, { after, most: 3 });
    };
    const taken = await Promise.all(Array.from({ length: 10 }, (_, index) => take(`a${index}`)));
    expect(taken.filter(Boolean)).toHaveLength(3);
    expect(await take("later", START - 1)).toBe(false);
    expect(await take("an hour later", START)).toBe(true);
    await admins.endAction("an hour later", { target: "key_1", status: 201, code: null });
    expect(await admins.hasIssued("one", "key_1")).toBe(true);
    expect(await admins.hasIssued("two", "key_1")).toBe(false);
    await admins.beginAction(action("revoked", { target: "key_2" }));
    expect(await admins.hasIssued("one", "key_2")).toBe(false);
  });
};
