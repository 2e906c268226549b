import { request } from "node:http";
import { expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/*
 * The dashboard's way to the admin API: an admin key once, then a session that scripts and other sites cannot use. Real
 * proxy over real sockets.
 */

const OWN = { "x-keybrake-dashboard": "1" };

function signIn(stack: Stack, admin_key: unknown, headers: Record<string, string> = OWN) {
  return fetch(`${stack.url}/app/session`, { method: "POST", headers, body: JSON.stringify({ admin_key }) });
}

async function session(stack: Stack): Promise<{ cookie: string; attributes: string }> {
  const answer = await signIn(stack, stack.adminKey);
  expect(answer.status).toBe(204);
  const [cookie = "", ...attributes] = (answer.headers.get("set-cookie") ?? "").split("; ");
  return { cookie, attributes: attributes.join("; ") };
}

test("who signs in has the admin API, by a cookie that no script sees and no other site sends", async () => {
  await using stack = await startStack();
  const { cookie, attributes } = await session(stack);
  expect(attributes).toBe("Path=/app; HttpOnly; SameSite=Strict; Max-Age=28800");
  expect(cookie).not.toContain(stack.adminKey);
  expect(Buffer.from(cookie.split("=")[1] ?? "", "base64url").toString("latin1")).not.toContain(
    stack.adminKey,
  );

  const key = await stack.issue({ name: "june", role: "billing", daily_usd_cap: 10 });
  const list = await fetch(`${stack.url}/app/api/vault-keys?limit=5`, { headers: { cookie } });
  expect(list.headers.get("cache-control")).toBe("no-store");
  expect(await list.json()).toMatchObject({ data: [{ id: key.id, name: "june" }] });
  const revoke = () =>
    fetch(`${stack.url}/app/api/vault-keys/${key.id}/revoke`, {
      method: "POST",
      headers: { ...OWN, cookie, "content-type": "application/json" },
      body: "{}",
    });
  expect((await charge(stack, key.vault_key)).status).toBe(200);
  expect((await revoke()).status).toBe(200);
  expect((await charge(stack, key.vault_key)).body.error.code).toBe("vault_key_revoked");

  const out = await fetch(`${stack.url}/app/session`, { method: "DELETE", headers: { ...OWN, cookie } });
  expect(out.headers.get("set-cookie")).toMatch(/^keybrake_session=; .*Max-Age=0/);
  expect(stack.logLines.join("")).not.toContain(cookie.slice(20));
});

test("calls are told as they are answered", async () => {
  await using stack = await startStack();
  const { cookie } = await session(stack);
  const end = new AbortController();
  const live = await fetch(`${stack.url}/app/api/audit/stream`, { headers: { cookie }, signal: end.signal });
  expect(live.headers.get("content-type")).toContain("text/event-stream");
  const reader = (live.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  const key = await stack.issue({ name: "june", role: "billing", daily_usd_cap: 10 });
  await reader.read();
  await charge(stack, key.vault_key);
  let text = "";
  while (!text.includes('"operation":"charges.create"')) text += (await reader.read()).value ?? "";
  expect(text).toMatch(/event: call/);
  end.abort();
  await reader.cancel().catch(() => {});
});

test("without a session, with one that is forged, ended or another's, nothing is answered", async () => {
  await using stack = await startStack();
  const { cookie } = await session(stack);
  const [name = "", value = ""] = cookie.split("=");
  const status = async (headers: Record<string, string>) =>
    (await fetch(`${stack.url}/app/api/vault-keys`, { headers })).status;
  expect(await status({})).toBe(401);
  for (const forged of ["", "x", value.slice(0, -4), `${value.slice(0, -6)}AAAAAA`, `A${value.slice(1)}`]) {
    expect(await status({ cookie: `${name}=${forged}` }), forged).toBe(401);
  }
  expect(await status({ authorization: `Bearer ${stack.adminKey}` })).toBe(401);
  expect(await status({ cookie: `other=1; ${cookie}; more=2` })).toBe(200);
  stack.advance(8 * 3_600_000);
  expect(await status({ cookie })).toBe(401);
  // The admin API itself takes keys alone.
  expect((await fetch(`${stack.url}/admin/vault-keys`, { headers: { cookie } })).status).toBe(401);
});

test("another site's page can neither sign in, nor ask, nor change anything with a session", async () => {
  await using stack = await startStack();
  const { cookie } = await session(stack);
  const ask = async (method: string, headers: Record<string, string>) => {
    const answer = await fetch(`${stack.url}/app/api/vault-keys`, {
      method,
      headers: { cookie, ...headers },
    });
    return [answer.status, answer.headers.get("access-control-allow-origin")];
  };
  expect(await ask("POST", { "content-type": "text/plain" })).toEqual([403, null]);
  expect(await ask("POST", { ...OWN, "sec-fetch-site": "cross-site" })).toEqual([403, null]);
  expect(await ask("GET", { "sec-fetch-site": "same-site" })).toEqual([403, null]);
  expect(await ask("OPTIONS", { origin: "https://evil.example" })).toEqual([403, null]);
  expect(await ask("GET", { "sec-fetch-site": "same-origin" })).toEqual([200, null]);
  expect((await signIn(stack, stack.adminKey, {})).status).toBe(403);
});

test("a key that is none is refused, and guessing has a rate", async () => {
  await using stack = await startStack();
  const wrong = await signIn(stack, "admin_0123456789abcdef");
  expect([wrong.status, ((await wrong.json()) as any).error.code]).toEqual([401, "invalid_admin_key"]);
  expect(wrong.headers.get("set-cookie")).toBeNull();
  for (const none of [undefined, 7, "", "with space", "line\nbreak", "é", "x".repeat(5000)]) {
    expect((await signIn(stack, none)).status, String(none).slice(0, 9)).toBe(401);
  }
  for (let tries = 8; tries < 60; tries++) expect((await signIn(stack, "guess")).status).toBe(401);
  expect((await signIn(stack, stack.adminKey)).status).toBe(429);
  stack.advance(60_000);
  expect((await signIn(stack, stack.adminKey)).status).toBe(204);
});

test("a sender who goes away in the middle of signing in harms nobody", async () => {
  await using stack = await startStack();
  for (let times = 0; times < 3; times++) {
    const headers = { ...OWN, "content-length": "100" };
    const sent = request({ port: stack.port, path: "/app/session", method: "POST", headers });
    sent.on("error", () => {});
    await new Promise<void>((resolve) => sent.write('{"admin_key"', () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 50));
    sent.destroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await signIn(stack, stack.adminKey)).status).toBe(204);
});

test("no path under /app leads anywhere else", async () => {
  await using stack = await startStack();
  const { cookie } = await session(stack);
  for (const path of [
    "/app/api/../../metrics",
    "/app/api/%2e%2e/healthz",
    "/app/api//vault-keys",
    "/app/api/",
  ]) {
    const { status } = await rawGet(stack.port, path, cookie);
    expect([400, 401, 404], path).toContain(status);
  }
});

/** `fetch` would tidy the path up before it is sent. */
async function rawGet(port: number, path: string, cookie: string): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, headers: { cookie } }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0 });
    });
    sent.on("error", reject).end();
  });
}

test("a session may do what its admin key may, and ends with it", async () => {
  await using stack = await startStack();
  const made = async (scope: string, more: object = {}) =>
    (await stack.admin("/admin-keys", { method: "POST", body: { name: scope, scope, ...more } })).body;
  const auditor = await made("auditor");
  const signedIn = await signIn(stack, auditor.admin_key);
  expect(signedIn.status).toBe(204);
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const key = await stack.issue({ name: "june", role: "billing", daily_usd_cap: 10 });
  const list = () => fetch(`${stack.url}/app/api/vault-keys`, { headers: { cookie } });
  expect((await list()).status).toBe(200);
  const revoke = await fetch(`${stack.url}/app/api/vault-keys/${key.id}/revoke`, {
    ...{ method: "POST", headers: { ...OWN, cookie, "content-type": "application/json" }, body: "{}" },
  });
  expect([revoke.status, ((await revoke.json()) as any).error.code]).toEqual([403, "scope_missing"]);
  await stack.admin(`/admin-keys/${auditor.id}/revoke`, { method: "POST", body: {} });
  expect((await list()).status).toBe(401);
});
