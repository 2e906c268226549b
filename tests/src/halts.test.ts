import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

const CHARGE = { amount: 100, currency: "usd", source: "tok_visa" };

describe("pauses, stops and rotations, through the proxy", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  afterEach(async () => {
    for (const { id } of await stack.ledger.listStops()) await stack.ledger.liftStop(id);
  });

  const BILLING = { role: "billing", daily_usd_cap: 100 };

  let references = 0;

  /** 200, or the code of the refusal. */
  async function charge(vaultKey: string, agent?: string): Promise<number | string> {
    const headers = agent === undefined ? {} : { "x-agent-name": agent };
    const form = { ...CHARGE, "metadata[reference]": `r${references++}` };
    const { status, body } = await stack.call(vaultKey, "POST", "/v1/charges", { form, headers });
    return status === 200 ? 200 : body.error.code;
  }
  const read = async (vaultKey: string) =>
    (await stack.call(vaultKey, "GET", "/v1/customers")).body.error?.code ?? null;
  const admin = (path: string, body?: unknown) => stack.admin(path, { method: "POST", body });

  test("a paused key is refused at every turn, with its row, until it is resumed", async () => {
    const { id, vault_key: key } = await stack.issue();
    expect(await charge(key)).toBe(200);
    expect((await admin(`/vault-keys/${id}/pause`)).body).toMatchObject({ id, status: "paused" });
    expect([await charge(key), await read(key)]).toEqual(["vault_key_paused", "vault_key_paused"]);
    const [row] = await stack.auditRows(`&vault_key_id=${id}&code=vault_key_paused&operation=charges.create`);
    expect(row).toMatchObject({ decision: "denied", status: 401, state: "none" });
    const resumed = await admin(`/vault-keys/${id}/resume`);
    expect(resumed.body).toMatchObject({ status: "active", paused_at: null, spent: 1 });
    expect([await charge(key), await read(key)]).toEqual([200, null]);
    for (const verb of ["pause", "resume", "rotate"])
      expect((await admin(`/vault-keys/key_of_nobody/${verb}`, {})).status).toBe(404);
  });

  test("everything stops with one request, keys that are issued later, too, and goes on with another", async () => {
    const { id, vault_key: key } = await stack.issue();
    const stopped = await admin("/stop", { reason: "an odd night" });
    expect(stopped).toMatchObject({ status: 200, body: { role: null, agent: null, reason: "an odd night" } });
    expect(stopped.body.keys).toBeGreaterThan(0);
    expect((await admin("/stop", {})).body.id).toBe(stopped.body.id);
    const { vault_key: later } = await stack.issue();
    expect([await charge(key), await read(key), await charge(later)]).toEqual(
      Array.from({ length: 3 }, () => "vault_key_paused"),
    );
    expect((await stack.admin(`/vault-keys/${id}`)).body.status).toBe("paused");
    expect((await stack.admin("/stops")).body.data).toMatchObject([{ id: stopped.body.id }]);
    expect((await admin(`/stops/${stopped.body.id}/resume`)).status).toBe(200);
    expect((await admin(`/stops/${stopped.body.id}/resume`)).status).toBe(404);
    expect([await charge(key), await charge(later)]).toEqual([200, 200]);
  });

  test("a role or a label stops its own keys alone; a filter that is misspelt stops nothing", async () => {
    const payments = await stack.issue({ ...BILLING, labels: { team: "payments" } });
    const refund = await stack.issue({ ...BILLING, role: "refund" });
    const byLabel = await admin("/stop", { labels: { team: "payments" } });
    expect(byLabel.body.keys).toBe(1);
    const byRole = await admin("/stop", { role: "refund" });
    const { vault_key: billing } = await stack.issue();
    const refunds = await stack.call(refund.vault_key, "GET", "/v1/refunds");
    expect(refunds.body.error.code).toBe("vault_key_paused");
    expect([await charge(payments.vault_key), await charge(billing)]).toEqual(["vault_key_paused", 200]);
    for (const misspelt of [{ rol: "refund" }, { role: "refunds" }, { label: { team: "payments" } }])
      expect((await admin("/stop", misspelt)).status).toBe(400);
    for (const { body } of [byLabel, byRole]) await admin(`/stops/${body.id}/resume`);
    expect(await charge(payments.vault_key)).toBe(200);
  });

  test("an agent that is stopped does not go on under another name, or none", async () => {
    const used = await stack.issue();
    const other = await stack.issue();
    expect(await charge(used.vault_key, "odd")).toBe(200);
    expect(await charge(other.vault_key, "even")).toBe(200);
    const { body } = await admin("/stop", { agent: "odd" });
    expect(body.keys).toBe(1);
    expect(await charge(used.vault_key, "odd")).toBe("vault_key_paused");
    expect(await charge(used.vault_key)).toBe("vault_key_paused");
    expect(await charge(used.vault_key, "even")).toBe("vault_key_paused");
    expect(await charge(other.vault_key, "odd")).toBe("vault_key_paused");
    expect(await charge(other.vault_key, "even")).toBe(200);
    await admin(`/stops/${body.id}/resume`);
    expect(await charge(used.vault_key, "odd")).toBe(200);
  });

  test("a rotated key has its policy and its spend, and the secret before is nobody's", async () => {
    const { id, vault_key: first } = await stack.issue({ ...BILLING, daily_usd_cap: 3 });
    expect(await charge(first)).toBe(200);
    const { status, body } = await admin(`/vault-keys/${id}/rotate`, {});
    expect([status, body.id]).toEqual([200, id]);
    expect(body.vault_key).toMatch(/^vk_test_[\w-]{43}$/);
    const rows = (await stack.auditRows(`&vault_key_id=${id}`)).length;
    expect(await charge(first)).toBe("invalid_vault_key");
    // Nor does it take anything of the key's share of refusals.
    expect(await stack.auditRows(`&vault_key_id=${id}`)).toHaveLength(rows);
    expect(await charge(body.vault_key)).toBe(200);
    const shown = (await stack.admin(`/vault-keys/${id}`)).body;
    expect(shown).toMatchObject({ status: "active", spent: 2, remaining: 1 });
    expect(JSON.stringify(shown) + stack.logLines.join("")).not.toContain(body.vault_key);
    await admin(`/vault-keys/${id}/revoke`);
    expect((await admin(`/vault-keys/${id}/rotate`, {})).body.error.code).toBe("vault_key_ended");
  });

  test("with an overlap both secrets work until it is over, and not one before them", async () => {
    const { id, vault_key: first } = await stack.issue();
    const rotate = async (overlap: number): Promise<string> =>
      (await admin(`/vault-keys/${id}/rotate`, { overlap_seconds: overlap })).body.vault_key;
    const second = await rotate(60);
    expect([await charge(first), await charge(second)]).toEqual([200, 200]);
    const third = await rotate(60);
    expect([await charge(first), await charge(second), await charge(third)]).toEqual([
      "invalid_vault_key",
      200,
      200,
    ]);
    stack.advance(60_001);
    expect([await charge(second), await read(second), await charge(third)]).toEqual([
      "invalid_vault_key",
      "invalid_vault_key",
      200,
    ]);
  });
});
