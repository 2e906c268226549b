import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

const CHARGE = { amount: 100, currency: "usd", source: "tok_visa" };

describe("keys that a key makes", () => {
  let stack: Stack;
  let references = 0;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const PARENT = {
    role: "billing",
    daily_usd_cap: 3,
    expires_in_seconds: 3600,
    labels: { team: "payments" },
  };
  const issue = (more: object = {}) =>
    stack.issue({ ...PARENT, may_delegate: { keys: 20, depth: 2 }, ...more });

  async function post(key: string, path: string, body: unknown) {
    const response = await fetch(`${stack.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as any };
  }
  const mint = async (key: string, more: object = {}) =>
    post(key, "/vault-keys", { name: "worker", ...more });
  async function charge(key: string, form: object = {}, reference = `d${references++}`) {
    const made = { ...CHARGE, "metadata[reference]": reference, ...form };
    const { status, body } = await stack.call(key, "POST", "/v1/charges", { form: made });
    return status === 200 ? 200 : body.error.code;
  }

  test("spend from its slice, each no more than its own cap, and are as it is where nothing else is said", async () => {
    const parent = await issue();
    const one = await mint(parent.vault_key, { daily_usd_cap: 1 });
    expect(one).toMatchObject({ status: 201, body: { name: "worker", role: "billing" } });
    expect(one.body.policy).toMatchObject({ daily_usd_cap: 1, may_delegate: null });
    const shown = (await stack.admin(`/vault-keys/${one.body.id}`)).body;
    expect(shown).toMatchObject({ labels: { team: "payments" }, role: "billing", status: "active" });
    expect(Date.parse(shown.expires_at)).toBe(
      Date.parse((await stack.admin(`/vault-keys/${parent.id}`)).body.expires_at),
    );
    const two = await mint(parent.vault_key);
    expect([await charge(one.body.vault_key), await charge(one.body.vault_key)]).toEqual([
      200,
      "spend_cap_exceeded",
    ]);
    expect([await charge(two.body.vault_key), await charge(parent.vault_key)]).toEqual([200, 200]);
    expect(await charge(two.body.vault_key)).toBe("spend_cap_exceeded");
    expect((await stack.admin(`/vault-keys/${parent.id}`)).body).toMatchObject({ spent: 3, remaining: 0 });
  });

  test("are never wider than the key that makes them, by a word or by leaving one out", async () => {
    const narrow = await stack.issue({
      ...{
        ...PARENT,
        may_delegate: { keys: 5, depth: 1 },
        role: undefined,
        allowed_operations: ["charges.create", "customers.list"],
      },
      ...{
        max_usd_per_call: 1,
        currencies: ["usd"],
        customers: ["cus_demo_alice"],
        stripe_accounts: ["acct_1"],
      },
      ...{ bind: { run_id: "r" }, approval: { above_usd: 1 }, assume_usd: {} },
    });
    const inherited = await mint(narrow.vault_key);
    const own = (await stack.admin(`/vault-keys/${narrow.id}`)).body.policy;
    expect(inherited.body.policy).toEqual({ ...own, may_delegate: null });
    for (const [more, field] of [
      [{ daily_usd_cap: 3.01 }, "capMicros"],
      [{ allowed_operations: ["charges.*"] }, "allowed_operations"],
      [{ allowed_operations: ["refunds.create"] }, "allowed_operations"],
      [{ allowed_operations: ["*"] }, "allowed_operations"],
      [{ max_usd_per_call: 1.01 }, "max_micros_per_call"],
      [{ currencies: ["usd", "eur"] }, "currencies"],
      [{ customers: ["cus_demo_bob"] }, "customers"],
      [{ stripe_accounts: ["acct_2"] }, "accounts"],
      [{ bind: { conversation_id: "c" } }, "bind"],
      [{ bind: { run_id: "s" } }, "bind"],
      [{ approval: { above_usd: 2 } }, "approval"],
      [{ dedupe: "key" }, "dedupe"],
      [{ act_window: "1m" }, "act_window_ms"],
      [{ act_includes: ["description"] }, "act_includes"],
      [{ allow_raw_cards: true }, "allow_raw_cards"],
      [{ assume_usd: { "quotes.accept": 1 } }, "assume_micros"],
      [{ unpaid_intents: "hold" }, "unpaid_intents"],
      [{ expires_in_seconds: 3601 }, "expiresAt"],
      [{ may_delegate: { keys: 1, depth: 1 } }, "may_delegate"],
    ] as const) {
      const { status, body } = await mint(narrow.vault_key, more);
      expect([status, body.error?.code, body.error?.param], JSON.stringify(more)).toEqual([
        403,
        "wider_than_parent",
        field,
      ]);
    }
    // What a key is, it has from its parent, and a field that is not known is no wish.
    for (const more of [
      { role: "refund" },
      { budgets: ["x"] },
      { simulate: false },
      { max_calls: 1 },
      { parentId: null },
      { name: 1 },
    ])
      expect((await mint(narrow.vault_key, more)).body.error.code).toBe("request_invalid");
    const less = { allowed_operations: ["customers.list"], max_usd_per_call: 0.5, expires_in_seconds: 60 };
    expect((await mint(narrow.vault_key, less)).status).toBe(201);
  });

  test("end with it, pause with it, and stop with it; and it ends its own alone", async () => {
    const parent = await issue();
    const child = (await mint(parent.vault_key, { may_delegate: { keys: 5, depth: 1 } })).body;
    const grandchild = (await mint(child.vault_key)).body;
    const stranger = await issue();
    expect(await charge(grandchild.vault_key)).toBe(200);
    expect((await mint(grandchild.vault_key)).body.error.code).toBe("delegation_not_allowed");
    expect((await post(stranger.vault_key, `/vault-keys/${child.id}/revoke`, {})).status).toBe(404);
    expect((await post(child.vault_key, `/vault-keys/${parent.id}/revoke`, {})).status).toBe(404);
    expect((await post(child.vault_key, `/vault-keys/${child.id}/revoke`, {})).status).toBe(404);
    await stack.admin(`/vault-keys/${parent.id}/pause`, { method: "POST" });
    expect([await charge(grandchild.vault_key), (await mint(child.vault_key)).body.error.code]).toEqual([
      ...["vault_key_paused", "vault_key_paused"],
    ]);
    expect((await stack.admin(`/vault-keys/${grandchild.id}`)).body.status).toBe("paused");
    await stack.admin(`/vault-keys/${parent.id}/resume`, { method: "POST" });
    expect(await charge(grandchild.vault_key)).toBe(200);
    const { body: stop } = await stack.admin("/stop", {
      method: "POST",
      body: { labels: { team: "payments" } },
    });
    expect(await charge(grandchild.vault_key)).toBe("vault_key_paused");
    await stack.admin(`/stops/${stop.id}/resume`, { method: "POST" });
    expect((await post(parent.vault_key, `/vault-keys/${grandchild.id}/revoke`, {})).body.status).toBe(
      "revoked",
    );
    expect([await charge(grandchild.vault_key), await charge(child.vault_key)]).toEqual([
      "vault_key_revoked",
      200,
    ]);
    await stack.admin(`/vault-keys/${parent.id}/revoke`, { method: "POST" });
    expect([await charge(child.vault_key), (await mint(child.vault_key)).body.error.code]).toEqual([
      ...["vault_key_revoked", "vault_key_revoked"],
    ]);
  });

  test("are stopped with the agent that made them, under whatever name it goes on", async () => {
    const parent = await issue();
    const stranger = await issue();
    const child = (await mint(parent.vault_key)).body;
    const as = async (key: string, agent: string) => {
      const form = { ...CHARGE, "metadata[reference]": `s${references++}` };
      const headers = { "x-agent-name": agent };
      const { status, body } = await stack.call(key, "POST", "/v1/charges", { form, headers });
      return status === 200 ? 200 : body.error.code;
    };
    expect(await as(parent.vault_key, "odd")).toBe(200);
    const { body: stop } = await stack.admin("/stop", { method: "POST", body: { agent: "odd" } });
    expect(stop.keys).toBe(2);
    expect([await as(child.vault_key, "even"), await as(parent.vault_key, "even")]).toEqual([
      ...["vault_key_paused", "vault_key_paused"],
    ]);
    expect((await mint(parent.vault_key)).body.error.code).toBe("vault_key_paused");
    expect(await as(stranger.vault_key, "even")).toBe(200);
    await stack.admin(`/stops/${stop.id}/resume`, { method: "POST" });
    expect(await as(child.vault_key, "even")).toBe(200);
  });

  test("say one act once, whichever of them says it", async () => {
    const parent = await issue();
    const [one, two] = await Promise.all([mint(parent.vault_key), mint(parent.vault_key)]);
    const keys = [one?.body.vault_key, two?.body.vault_key, parent.vault_key];
    const form = { ...CHARGE, "metadata[reference]": "the-same" };
    const answers = await Promise.all(keys.map((key) => stack.call(key, "POST", "/v1/charges", { form })));
    expect(new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.id)).size).toBe(1);
    expect((await stack.admin(`/vault-keys/${parent.id}`)).body).toMatchObject({ spent: 1, held: 0 });
  });

  test("are no more than were allowed, however many are asked for at once, and each asking is written down", async () => {
    const parent = await issue({ may_delegate: { keys: 4, depth: 1 } });
    const made = await Promise.all(Array.from({ length: 10 }, () => mint(parent.vault_key)));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(4);
    expect(made.filter(({ status }) => status === 403).map(({ body }) => body.error.code)).toEqual(
      Array.from({ length: 6 }, () => "delegation_exhausted"),
    );
    const { body } = await stack.admin(`/actions?by=${parent.id}`);
    expect(body.data).toHaveLength(10);
    expect(body.data[0]).toMatchObject({ action: "delegated-vault-keys.create", by_name: "test" });
    const secrets = made.map((one) => one.body.vault_key).filter((secret) => secret !== undefined);
    for (const secret of secrets)
      expect(JSON.stringify(body) + stack.logLines.join("")).not.toContain(secret);
  });

  test("are made by no key that may not, by no admin key, and not without end", async () => {
    const plain = await stack.issue(PARENT);
    expect((await mint(plain.vault_key)).body.error.code).toBe("delegation_not_allowed");
    expect((await mint(stack.adminKey)).status).toBe(401);
    expect((await mint("vk_test_nobody")).status).toBe(401);
    expect((await post(plain.vault_key, "/vault-keys/x/pause", {})).status).toBe(404);
    for (const more of [{ max_calls: 5 }, { rate_per_minute: 5 }]) {
      const body = { name: "n", vendor: "stripe", ...PARENT, may_delegate: {}, ...more };
      const { body: refused } = await stack.admin("/vault-keys", { method: "POST", body });
      expect(refused.error).toMatchObject({ code: "request_invalid", param: "may_delegate" });
    }
    const codes = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const refused = await Promise.all(Array.from({ length: 50 }, () => mint(plain.vault_key)));
      for (const { body } of refused) codes.add(body.error.code);
      if (codes.size > 1) break;
    }
    expect(codes).toEqual(new Set(["delegation_not_allowed", "refusals_limited"]));
  });
});
