import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import type { Call, Ledger } from "@keybrake/ledger";
import { createProxy, createUndiciUpstream, type ProxyServer, VENDORS } from "@keybrake/proxy";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/** Ways around a policy, and ways to make the proxy show or keep what it must not. */
describe("policies under attack", () => {
  let stack: Stack;
  const listeners: ((call: Call) => void)[] = [];
  let unsubscribed = 0;
  beforeAll(async () => {
    const observed = <P>(ledger: Ledger<P>): Ledger<P> => ({
      ...ledger,
      subscribe: (listener) => {
        listeners.push(listener);
        const unsubscribe = ledger.subscribe(listener);
        return () => {
          unsubscribed += 1;
          unsubscribe();
        };
      },
    });
    stack = await startStack({ ledger: observed });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const usage = async (id: string) => (await stack.admin(`/vault-keys/${id}`)).body;

  test("a key of a test credential is nothing to a live one, and the other way round", async () => {
    const live: ProxyServer = createProxy({
      ledger: stack.ledger,
      accounts: [
        {
          vendor: VENDORS.stripe,
          upstream: createUndiciUpstream(stack.emulator.url),
          credential: "rk_live_keybrake0other0credential",
        },
      ],
      adminKey: stack.adminKey,
    });
    const { url } = await live.listen({ port: 0, host: "127.0.0.1" });
    const get = async (base: string, vaultKey: string) =>
      (await fetch(`${base}/v1/customers`, { headers: { authorization: `Bearer ${vaultKey}` } })).status;
    const testKey = (await stack.issue()).vault_key;
    const issued = await fetch(`${url}/admin/vault-keys`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.adminKey}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "live", vendor: "stripe", role: "billing", daily_usd_cap: 1 }),
    });
    const liveKey = ((await issued.json()) as { vault_key: string }).vault_key;
    expect(liveKey).toMatch(/^vk_live_/);
    expect(await get(stack.url, testKey)).toBe(200);
    expect(await get(url, testKey)).toBe(401);
    expect(await get(stack.url, liveKey)).toBe(401);
    const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: {} };
    const session = await fetch(`${url}/mcp`, {
      method: "POST",
      headers: { authorization: `Bearer ${testKey}`, "content-type": "application/json" },
      body: JSON.stringify(initialize),
    });
    expect(session.status).toBe(401);
    await live.close();
  });

  test("another key's act is not repeated, nor its answer shown, beyond what this key may move", async () => {
    const wide = await stack.issue();
    const narrow = await stack.issue({ role: "billing", daily_usd_cap: 100, max_usd_per_call: 1 });
    const foreign = await stack.issue({ role: "billing", daily_usd_cap: 100, currencies: ["eur"] });
    const same = { "idempotency-key": "somebody-elses" };
    expect((await charge(stack, wide.vault_key, { amount: 5000 }, same)).status).toBe(200);
    expect((await charge(stack, narrow.vault_key, { amount: 5000 }, same)).body.error?.code).toBe(
      "amount_over_limit",
    );
    expect((await charge(stack, foreign.vault_key, { amount: 5000 }, same)).body.error?.code).toBe(
      "currency_not_allowed",
    );
    // A key that may do the same gets the answer and pays nothing: one act.
    const equal = await stack.issue();
    expect(
      (await charge(stack, equal.vault_key, { amount: 5000 }, same)).headers.get("idempotent-replayed"),
    ).toBe("true");
    expect((await usage(equal.id)).spent).toBe(0);
  });

  test("a revoked key gets no replay, no re-send, and no look-up", async () => {
    const key = await stack.issue({
      allowed_operations: ["charges.create", "refunds.create"],
      daily_usd_cap: 100,
    });
    const same = { "idempotency-key": "before-revocation" };
    const made = await charge(stack, key.vault_key, {}, same);
    await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    const before = (await stack.control.requests()).total;
    expect((await charge(stack, key.vault_key, {}, same)).body.error.code).toBe("vault_key_revoked");
    const refund = await stack.call(key.vault_key, "POST", "/v1/refunds", {
      form: { charge: made.body.id },
      headers: { "idempotency-key": "after" },
    });
    expect(refund.body.error.code).toBe("vault_key_revoked");
    expect((await stack.control.requests()).total).toBe(before);
  });

  test("a key in an Idempotency-Key is refused, and is nowhere afterwards", async () => {
    const key = await stack.issue();
    for (const secret of [
      key.vault_key,
      `run-${key.vault_key}`.replace("run-", "run "),
      "sk_live_abc123",
      "x whsec_abc",
    ]) {
      const answer = await charge(stack, key.vault_key, {}, { "idempotency-key": secret });
      expect({ secret, code: answer.body.error?.code }).toEqual({ secret, code: "request_invalid" });
      expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
    expect((await stack.control.summary()).charges.created).toBe(0);
    expect(JSON.stringify(await stack.auditRows(`&vault_key_id=${key.id}`))).not.toContain(key.vault_key);
  });

  test("what the proxy wrote on a charge cannot be unset", async () => {
    const key = await stack.issue({ allowed_operations: ["charges.*"], daily_usd_cap: 100 });
    const made = await charge(stack, key.vault_key, { "metadata[note]": "mine" });
    expect(made.body.metadata).toMatchObject({ keybrake_key: key.id, note: "mine" });
    const update = (form: Record<string, string>, json?: unknown) =>
      stack.call(key.vault_key, "POST", `/v1/charges/${made.body.id}`, {
        ...(json === undefined ? { form } : { json }),
        headers: { "idempotency-key": randomBytes(8).toString("hex") },
      });
    for (const tried of [
      await update({ metadata: "" }),
      await update({}, { metadata: null }),
      await update({}, { metadata: "" }),
      await update({ "metadata[keybrake_key]": "" }),
      await update({ "metadata[Keybrake_Key]": "x" }),
    ]) {
      expect({ status: tried.status, code: tried.body.error?.code }).toEqual({
        status: 400,
        code: "metadata_reserved",
      });
    }
    const own = await update({ "metadata[note]": "" });
    const { keybrake_call } = made.body.metadata;
    expect(own.body.metadata).toEqual({ keybrake_key: key.id, keybrake_call });
  });

  test("nobody makes metrics grow: labels come from tables, not from requests", async () => {
    const key = await stack.issue();
    const count = async () =>
      (await (await fetch(`${stack.url}/metrics`)).text())
        .split("\n")
        .filter((line) => line.startsWith("keybrake_calls_total")).length;
    await stack.call(key.vault_key, "GET", "/v1/warm-up");
    const before = await count();
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        stack.call(key.vault_key, "GET", `/v1/made_up_${index}?x=${index}`, {
          headers: { "x-agent-name": `a${index}`, "x-agent-run-id": `r${index}` },
        }),
      ),
    );
    expect(await count()).toBe(before);
  });

  test("amounts at the edges of what numbers can hold", async () => {
    const key = await stack.issue({ role: "billing", daily_usd_cap: 10_000_000 });
    for (const amount of [
      "999999999999",
      "9007199254740992",
      "9007199254740993",
      "99999999999999999999",
      "1e3",
      "0.1",
      "-1",
      "NaN",
      "Infinity",
    ]) {
      const answer = await charge(stack, key.vault_key, { amount });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.get("stripe-should-retry")).toBe("false");
    }
    expect(await usage(key.id)).toMatchObject({ spent: 0, held: 0, remaining: 10_000_000 });
  });

  test("caps in dollars keep their millionths, and nonsense is refused", async () => {
    const create = (daily_usd_cap: unknown) =>
      stack.admin("/vault-keys", {
        method: "POST",
        body: { name: "n", vendor: "stripe", role: "billing", daily_usd_cap },
      });
    for (const [usd, kept] of [
      [1.1 + 2.2, 3.3],
      [0.29, 0.29],
      [0.001, 0.001],
      [9_999_999.999999, 9_999_999.999999],
      [1.005 * 100, 100.5],
      [8_388_608.01, 8_388_608.01],
    ]) {
      expect((await create(usd)).body.policy.daily_usd_cap).toBe(kept);
    }
    for (const usd of [
      -0.01,
      0.0000001,
      1e-10,
      9_999_999.9999995,
      10_000_000.01,
      "5",
      null,
      Number.MAX_VALUE,
      {},
      [],
    ]) {
      expect((await create(usd)).status).toBe(400);
    }
    const exact = await stack.issue({ role: "billing", daily_usd_cap: 1.1 + 2.2 });
    expect((await charge(stack, exact.vault_key, { amount: 331 })).body.error.code).toBe(
      "spend_cap_exceeded",
    );
    expect((await charge(stack, exact.vault_key, { amount: 330 })).status).toBe(200);
  });

  test("hostile input to the admin API changes nothing and is answered in the shape of errors", async () => {
    const send = async (init: { body?: string; type?: string | null; method?: string; path?: string }) => {
      const response = await fetch(`${stack.url}/admin${init.path ?? "/vault-keys"}`, {
        method: init.method ?? "POST",
        headers: {
          authorization: `Bearer ${stack.adminKey}`,
          ...(init.type === null ? {} : { "content-type": init.type ?? "application/json" }),
        },
        ...(init.body === undefined ? {} : { body: init.body }),
      });
      return { status: response.status, error: ((await response.json()) as any).error };
    };
    const good = { name: "n", vendor: "stripe", role: "billing", daily_usd_cap: 1 };
    const before = (await stack.admin("/vault-keys?limit=1000")).body.data.length;
    const bad = [
      await send({ body: "{" }),
      await send({ body: "" }),
      await send({ body: "null" }),
      await send({ body: `${"[".repeat(50_000)}` }),
      await send({ body: JSON.stringify(good), type: "text/plain" }),
      await send({ body: JSON.stringify(good), type: "application/x-www-form-urlencoded" }),
      await send({ body: JSON.stringify({ ...good, admin: true }) }),
      await send({ body: `{"__proto__":{"daily_usd_cap":9},${JSON.stringify(good).slice(1)}` }),
      await send({ body: JSON.stringify({ ...good, name: "n".repeat(101) }) }),
      await send({ body: JSON.stringify({ ...good, name: "a\u001b[2Jb" }) }),
      await send({ body: JSON.stringify({ ...good, name: "a\nb" }) }),
      await send({ body: JSON.stringify({ ...good, labels: { a: 1 } }) }),
      await send({
        body: JSON.stringify({
          ...good,
          labels: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`l${index}`, "x"])),
        }),
      }),
      await send({
        body: JSON.stringify({
          ...good,
          customers: Array.from({ length: 10_001 }, (_, index) => `cus_${index}`),
        }),
      }),
      await send({ body: JSON.stringify({ ...good, budget: "../other" }) }),
      await send({ method: "PATCH", path: "/budgets/none", body: '{"daily_usd_cap":1}' }),
      await send({ method: "GET", path: "/audit?limit=0" }),
      await send({ method: "GET", path: "/audit?limit=1&limit=2" }),
      await send({ method: "GET", path: "/audit?cursor=%00" }),
      await send({ method: "GET", path: "/audit?from=yesterday" }),
      await send({ method: "GET", path: "/audit?unknown=1" }),
      await send({ method: "DELETE" }),
    ];
    for (const [index, { status, error }] of bad.entries()) {
      expect({ index, refused: status >= 400 && status < 500, message: error?.message }).toEqual({
        index,
        refused: true,
        message: expect.stringMatching(/./),
      });
    }
    expect((await stack.admin("/vault-keys?limit=1000")).body.data.length).toBe(before);
  });

  test("an agent that names itself like a formula is text in a spreadsheet", async () => {
    const key = await stack.issue();
    const name = '=HYPERLINK("http://evil.example","x"),\t@SUM(1)';
    await charge(stack, key.vault_key, {}, { "x-agent-name": name, "x-agent-run-id": "-2+3" });
    const csv = await (
      await fetch(`${stack.url}/admin/audit?format=csv&vault_key_id=${key.id}`, {
        headers: { authorization: `Bearer ${stack.adminKey}` },
      })
    ).text();
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")`);
    expect(csv).toContain("'-2+3");
    expect(csv.trim().split("\r\n")).toHaveLength(2);
  });

  test("a reader of the stream that stalls is cut off: memory is bounded", async () => {
    const key = await stack.issue();
    await charge(stack, key.vault_key);
    const [row] = (await stack.ledger.listCalls({ vaultKeyId: key.id }, { limit: 1 })).data;
    if (row === undefined) throw new Error("no row");
    const stalled = httpRequest(`${stack.url}/admin/audit/stream`, {
      headers: { authorization: `Bearer ${stack.adminKey}` },
    });
    stalled.on("response", (response) => response.pause());
    stalled.on("error", () => {});
    const before = listeners.length;
    stalled.end();
    await expect.poll(() => listeners.length, { timeout: 5000 }).toBe(before + 1);
    const listener = listeners.at(-1);
    const left = unsubscribed;
    const long = { ...row, path: "x".repeat(4000) };
    for (let rows = 0; rows < 60_000 && unsubscribed === left; rows += 500) {
      for (let index = 0; index < 500; index += 1) listener?.(long);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(unsubscribed).toBeGreaterThan(left);
    stalled.destroy();
  });
});
