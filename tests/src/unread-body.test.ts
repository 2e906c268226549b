import { LIMITS } from "@keybrake/proxy";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";
import {
  answered,
  BODY,
  bearer,
  FORM,
  head,
  openWire,
  over,
  PROMPT_MS,
  post,
  statuses,
  UNKNOWN_KEY,
} from "./wire.ts";

describe("a request whose body has not come", () => {
  let stack: Stack;
  let ahead = 0;
  beforeAll(async () => {
    stack = await startStack({ environment: { clock: () => Date.now() + ahead } });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const rowsOf = async ({ id }: { id: string }) =>
    (await stack.auditRows(`&vault_key_id=${id}`)).map(({ code, status }) => `${status} ${code}`);
  const charges = async () =>
    (await stack.control.requests()).data.filter(({ operation }) => operation === "charges.create");
  const inFlight = async () =>
    Number(/^keybrake_calls_in_flight (\d+)$/m.exec(await (await fetch(`${stack.url}/metrics`)).text())?.[1]);
  const LENGTH = `content-length: ${BODY.length}`;

  async function refusedAtOnce(headers: string, status: number, code: string): Promise<string> {
    const wire = await openWire(stack.port);
    wire.send(headers);
    await answered(wire, [status]);
    expect(wire.received()).toContain(code);
    expect(wire.received()).toMatch(/\r\nconnection: close\r\n/i);
    wire.socket.destroy();
    return wire.received();
  }

  test.each([
    ["no key", [], "invalid_vault_key"],
    ["no vault key", ["authorization: Bearer sk_test_123"], "invalid_vault_key"],
    ["an unknown key", [bearer(UNKNOWN_KEY)], "invalid_vault_key"],
  ])("%s: 401 without a row", async (_name, headers, code) => {
    const rows = (await stack.auditRows()).length;
    await refusedAtOnce(post(...headers, "content-length: 100"), 401, code);
    await refusedAtOnce(post(...headers, "transfer-encoding: chunked"), 401, code);
    expect(await stack.auditRows()).toHaveLength(rows);
  });

  test("a revoked and an expired key: 401 with a row that says what was asked", async () => {
    const revoked = await stack.issue();
    await stack.admin(`/vault-keys/${revoked.id}/revoke`, { method: "POST" });
    await refusedAtOnce(post(bearer(revoked.vault_key), LENGTH), 401, "vault_key_revoked");
    const expired = await stack.issue({ role: "billing", daily_usd_cap: 1, expires_in_seconds: 60 });
    ahead += 60_001;
    await refusedAtOnce(post(bearer(expired.vault_key), LENGTH), 401, "vault_key_expired");
    expect(await rowsOf(revoked)).toEqual(["401 vault_key_revoked"]);
    expect(await rowsOf(expired)).toEqual(["401 vault_key_expired"]);
    const [row] = await stack.auditRows(`&vault_key_id=${revoked.id}`);
    expect(row).toMatchObject({ operation: "charges.create", path: "/v1/charges", usd_cents: 0 });
  });

  test("a length over the limit: 413 with a row, before a byte of it", async () => {
    const key = await stack.issue();
    const long = `content-length: ${LIMITS.bodyBytes + 1}`;
    await refusedAtOnce(post(bearer(key.vault_key), long), 413, "body_too_large");
    const asked = await refusedAtOnce(
      post(bearer(key.vault_key), long, "expect: 100-continue"),
      413,
      "body_too_large",
    );
    expect(statuses(asked)).toEqual([413]);
    expect(await rowsOf(key)).toEqual(["413 body_too_large", "413 body_too_large"]);
  });

  test("chunks over the limit: the client sees the answer although it never stops sending", async () => {
    const key = await stack.issue();
    const wire = await openWire(stack.port);
    wire.send(post(bearer(key.vault_key), "transfer-encoding: chunked"));
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const timer = setInterval(() => wire.send(chunk), 5);
    await answered(wire, [413]);
    await over(wire, LIMITS.lingerMs + PROMPT_MS);
    clearInterval(timer);
    expect(await rowsOf(key)).toEqual(["413 body_too_large"]);
  });

  test("Expect: 100-continue is answered with 100 for a good key and with 401 alone for a bad one", async () => {
    const bad = await refusedAtOnce(
      post(bearer(UNKNOWN_KEY), LENGTH, "expect: 100-continue"),
      401,
      "invalid_vault_key",
    );
    expect(statuses(bad)).toEqual([401]);
    const key = await stack.issue();
    const wire = await openWire(stack.port);
    wire.send(post(bearer(key.vault_key), LENGTH, "expect: 100-continue"));
    await answered(wire, [100]);
    wire.send(BODY);
    await answered(wire, [100, 200]);
    wire.socket.destroy();
    const admin = await openWire(stack.port);
    const body = '{"name":"expected","daily_usd_cap":1}';
    admin.send(
      head(
        "POST /admin/budgets",
        bearer(stack.adminKey),
        "content-type: application/json",
        `content-length: ${body.length}`,
        "expect: 100-continue",
      ),
    );
    await answered(admin, [100]);
    admin.send(body);
    await answered(admin, [100, 201]);
    admin.socket.destroy();
  });

  test("a whole request with a bad key leaves the connection usable", async () => {
    const key = await stack.issue();
    const wire = await openWire(stack.port);
    wire.send(post(bearer(UNKNOWN_KEY), LENGTH) + BODY);
    await answered(wire, [401]);
    wire.send(post(bearer(key.vault_key), LENGTH) + BODY);
    await answered(wire, [401, 200]);
    wire.send(head("GET /v1/customers") + head("GET /v1/customers", bearer(key.vault_key)));
    await answered(wire, [401, 200, 401, 200]);
    wire.socket.destroy();
  });

  test("what follows a body that was not waited for is not processed", async () => {
    const key = await stack.issue();
    const charging = post(bearer(key.vault_key), LENGTH) + BODY;
    for (const follow of [charging, `a${charging}`]) {
      const wire = await openWire(stack.port);
      wire.send(`${post(bearer(UNKNOWN_KEY), "content-length: 10")}12345`);
      await answered(wire, [401]);
      // Closed at once, it would be reset by what the client still sends. A round trip shows that it is not.
      await fetch(`${stack.url}/healthz`);
      expect(wire.ended()).toBe(false);
      wire.send(`67890${follow}`);
      await over(wire);
      expect(statuses(wire.received()).filter((status) => status < 400)).toEqual([]);
    }
    expect(await charges()).toEqual([]);
    expect(await rowsOf(key)).toEqual([]);
  });

  test("the answer to an earlier request of the connection is not cut off", async () => {
    const key = await stack.issue();
    const delay = { operation: "charges.create", kind: "delay", delay_ms: LIMITS.lingerMs + 500 } as const;
    await stack.control.addFault({ ...delay, times: 1 });
    const wire = await openWire(stack.port);
    wire.send(post(bearer(key.vault_key), LENGTH) + BODY + post("content-length: 100"));
    await answered(wire, [200, 401], delay.delay_ms + PROMPT_MS);
    wire.socket.destroy();
  });

  test("a body in slow pieces is a call like any other, and one that is cut off is none", async () => {
    const key = await stack.issue();
    const wire = await openWire(stack.port);
    wire.send(post(bearer(key.vault_key), "transfer-encoding: chunked"));
    await expect.poll(inFlight).toBe(1);
    // One packet each, or nearly so.
    wire.socket.setNoDelay(true);
    for (const letter of BODY) wire.send(`1\r\n${letter}\r\n`);
    wire.send("0\r\n\r\n");
    await answered(wire, [200]);
    wire.send(`${post(bearer(key.vault_key), "content-length: 100")}amount=1`);
    await expect.poll(inFlight).toBe(1);
    wire.socket.destroy();
    await expect.poll(inFlight).toBe(0);
    expect(await rowsOf(key)).toEqual(["200 null"]);
    expect(await charges()).toHaveLength(1);
  });

  test("a key that is revoked while its body comes is refused, and asks Stripe nothing", async () => {
    const key = await stack.issue({ role: "refund", daily_usd_cap: 10 });
    const wire = await openWire(stack.port);
    const body = "charge=ch_1";
    const length = `content-length: ${body.length}`;
    wire.send(
      head("POST /v1/refunds", FORM, bearer(key.vault_key), "idempotency-key: late", length) +
        body.slice(0, 3),
    );
    await expect.poll(inFlight).toBe(1);
    await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    await new Promise((resolve) => setTimeout(resolve, LIMITS.keyFreshMs));
    wire.send(body.slice(3));
    await answered(wire, [401]);
    expect(await rowsOf(key)).toEqual(["401 vault_key_revoked"]);
    expect((await stack.control.requests()).data).toEqual([]);
    wire.socket.destroy();
  });

  test("the admin API and /mcp refuse a bad key without its body", async () => {
    for (const path of ["/admin/vault-keys", "/mcp"]) {
      const wire = await openWire(stack.port);
      wire.send(head(`POST ${path}`, "content-type: application/json", "content-length: 100"));
      await answered(wire, [401]);
      wire.socket.destroy();
    }
  });

  test("/mcp refuses a body that is too long or too slow, and the client sees it", async () => {
    const key = await stack.issue();
    const open = async (length: string) => {
      const wire = await openWire(stack.port);
      wire.send(head("POST /mcp", "content-type: application/json", bearer(key.vault_key), length));
      return wire;
    };
    const slow = await open("content-length: 100");
    slow.send("{");
    const long = await open("transfer-encoding: chunked");
    const timer = setInterval(() => long.send(`4000\r\n${"x".repeat(0x4000)}\r\n`), 5);
    await answered(long, [413]);
    await answered(slow, [408], LIMITS.bodyMs + PROMPT_MS);
    await over(long, LIMITS.lingerMs + PROMPT_MS);
    await over(slow, LIMITS.lingerMs + PROMPT_MS);
    clearInterval(timer);
    // No tool was called.
    expect(await rowsOf(key)).toEqual([]);
  });

  test("a shutdown waits for a body that comes, and not for refused senders", async () => {
    const closing = await startStack();
    const key = await closing.issue();
    const refused = await openWire(closing.port);
    refused.send(post("content-length: 100"));
    await answered(refused, [401]);
    const slow = await openWire(closing.port);
    slow.send(post(bearer(key.vault_key), LENGTH, "expect: 100-continue"));
    await answered(slow, [100]);
    const disposed = closing[Symbol.asyncDispose]();
    slow.send(BODY);
    await answered(slow, [100, 200]);
    await disposed;
    await over(refused);
  });
});
