import { inspect } from "node:util";
import { createDelegationClient, createToolset, type DelegateVaultKeyInput } from "@keybrake/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const issue = (more: object = {}) =>
  stack.issue({ role: "billing", daily_usd_cap: 3, may_delegate: { keys: 20, depth: 2 }, ...more });
const clientOf = (vaultKey: string) => createDelegationClient({ proxyUrl: stack.url, vaultKey });

/** A worker's one charge of a dollar: what the tool says. */
async function charge(vaultKey: string, reference: string): Promise<string> {
  const { tools } = createToolset("billing", { vaultKey, proxyUrl: stack.url, only: ["create_charge"] });
  const [tool] = tools;
  const outcome = await tool?.execute({ customer_id: "cus_demo_alice", amount_cents: 100, reference });
  return outcome?.ok === true ? "charged" : (outcome?.code ?? "nothing");
}

test("a lease spends from the key that made it, cannot do more, shows its secret to nobody, and ends with its scope", async () => {
  const parent = await issue();
  const delegation = clientOf(parent.vault_key);
  let vaultKey: string;
  let id: string;
  {
    await using lease = await delegation.leaseVaultKey({ name: "worker", daily_usd_cap: 1 });
    ({ vaultKey, id } = lease);
    expect(await charge(vaultKey, "one")).toBe("charged");
    expect(await charge(vaultKey, "two")).toBe("spend_cap_exceeded");
    expect([inspect(lease, { showHidden: true, getters: true }), JSON.stringify(lease)].join()).not.toContain(
      vaultKey,
    );
    expect(inspect(delegation, { showHidden: true })).not.toContain(parent.vault_key);
    await expect(clientOf(vaultKey).create({ name: "more" })).rejects.toMatchObject({
      code: "delegation_not_allowed",
    });
  }
  expect(await charge(vaultKey, "three")).toBe("vault_key_revoked");
  expect((await stack.admin(`/vault-keys/${id}`)).body).toMatchObject({ status: "revoked", spent: 1 });
  expect((await stack.admin(`/vault-keys/${parent.id}`)).body).toMatchObject({ status: "active", spent: 1 });
});

test("a scope that ends by a throw ends its key, too; below it, all that came of it", async () => {
  const parent = await issue();
  const delegation = clientOf(parent.vault_key);
  let below = "";
  const failing = async () => {
    await using lease = await delegation.leaseVaultKey({ name: "worker", may_delegate: { keys: 5 } });
    below = (await clientOf(lease.vaultKey).create({ name: "below" })).vault_key;
    expect(await charge(below, "below")).toBe("charged");
    throw new Error("the worker failed");
  };
  await expect(failing()).rejects.toThrow("the worker failed");
  expect(await charge(below, "later")).toBe("vault_key_revoked");
});

test("a scope that outlives the key that made its own ends quietly: it has ended with it", async () => {
  const parent = await issue();
  const delegation = clientOf(parent.vault_key);
  let vaultKey: string;
  {
    await using lease = await delegation.leaseVaultKey({ name: "worker" });
    ({ vaultKey } = lease);
    await stack.admin(`/vault-keys/${parent.id}/revoke`, { method: "POST" });
    expect(await charge(vaultKey, "ended")).toBe("vault_key_revoked");
  }
  await expect(delegation.create({ name: "more" })).rejects.toMatchObject({ code: "vault_key_revoked" });
});

test("what could not be ended is said: a paused key ends nothing, and the lease may be ended later", async () => {
  const parent = await issue();
  const lease = await clientOf(parent.vault_key).leaseVaultKey({ name: "worker" });
  await stack.admin(`/vault-keys/${parent.id}/pause`, { method: "POST" });
  await expect(lease.revoke()).rejects.toMatchObject({ code: "vault_key_paused" });
  await stack.admin(`/vault-keys/${parent.id}/resume`, { method: "POST" });
  await lease.revoke();
  expect(await charge(lease.vaultKey, "late")).toBe("vault_key_revoked");
  await lease[Symbol.asyncDispose]();
});

test("refusals have the proxy's code, and no error has a key", async () => {
  const parent = await issue({ customers: ["cus_demo_alice"], may_delegate: { keys: 2 } });
  const delegation = clientOf(parent.vault_key);
  const wider: DelegateVaultKeyInput[] = [
    { name: "w", daily_usd_cap: 4 },
    { name: "w", customers: ["cus_demo_bob"] },
    { name: "w", allowed_operations: ["*"] },
  ];
  const errors: unknown[] = [];
  const caught = (made: Promise<unknown>) =>
    made.then(
      () => "made",
      (error) => errors.push(error) && error.code,
    );
  for (const input of wider) expect(await caught(delegation.create(input))).toBe("wider_than_parent");
  const strange = { name: "w", parentId: null } as unknown as DelegateVaultKeyInput;
  expect(await caught(delegation.create(strange))).toBe("request_invalid");
  await Promise.all([delegation.create({ name: "a" }), delegation.create({ name: "b" })]);
  expect(await caught(delegation.create({ name: "c" }))).toBe("delegation_exhausted");
  const other = await issue();
  expect(await caught(delegation.revoke(other.id))).toBe("not_found");
  expect(await caught(delegation.revoke("../../admin/stop"))).toBe("not_found");
  expect(await caught(clientOf("vk_test_nobody").create({ name: "n" }))).toBe("invalid_vault_key");
  expect(inspect(errors, { showHidden: true, depth: 6 })).not.toContain(parent.vault_key);
  for (const key of ["sk_live_raw", "rk_test_raw"])
    expect(() => clientOf(key)).toThrow(expect.objectContaining({ code: "raw_stripe_key" }));
  expect(() => clientOf("")).toThrow(expect.objectContaining({ code: "invalid_options" }));
});
