import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createDashboardEndpoint } from "./endpoint.ts";
import { createSessions } from "./session.ts";

/** The files of a dashboard over real HTTP; nobody asks for the admin API here. */
async function served(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-app-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "assets"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const sessions = createSessions({
    ...{ bodyKey: new Uint8Array(32), deadline: Date.now, random: (length) => new Uint8Array(length) },
  });
  const handle = createDashboardEndpoint({
    ...{ sessions, folder: `${folder}/`, exceeded: () => true, oidc: null },
    admin: {
      handle: () => Promise.reject(new Error("nobody has a session")),
      statusFor: async () => 401,
    },
  });
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
}

const BUILT = { "index.html": "<p>page</p>", "assets/a-1.js": "let a = 1;", "secret.env": "KEY=1" };

test("files are sent as they are, pages by any path, and nothing else", async () => {
  const get = await served(BUILT);
  for (const path of ["/app", "/app/", "/app/keys", "/app/runs/one", "/app/runs/a.b"]) {
    expect(await (await get(path)).text(), path).toBe("<p>page</p>");
  }
  const script = await get("/app/assets/a-1.js");
  expect([script.headers.get("content-type"), script.headers.get("cache-control")]).toEqual([
    "text/javascript; charset=utf-8",
    "public, max-age=31536000, immutable",
  ]);
  expect(script.headers.get("content-encoding")).toBe("gzip");
  expect(await script.text()).toBe("let a = 1;");
  const plain = await get("/app/assets/a-1.js", { headers: { "accept-encoding": "identity" } });
  expect(plain.headers.get("content-encoding")).toBeNull();
  expect(plain.headers.get("content-length")).toBe("10");
  for (const path of ["/app/secret.env", "/app/assets/none.js", "/app/..%2fpackage.json", "/app/.env"]) {
    expect((await get(path)).status, path).toBe(404);
  }
  expect((await get("/app", { method: "POST" })).status).toBe(405);
  expect((await get("/app", { method: "HEAD" })).status).toBe(200);
});

test("every answer says that nothing foreign is loaded, and that nothing may frame it", async () => {
  const get = await served(BUILT);
  for (const path of ["/app", "/app/assets/a-1.js", "/app/none.js", "/app/session", "/app/api/vault-keys"]) {
    const { headers } = await get(path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy, path).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*|data:/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("a dashboard that was not built says how to build it", async () => {
  const get = await served({});
  const answer = await get("/app");
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("pnpm@10 build")]);
});
