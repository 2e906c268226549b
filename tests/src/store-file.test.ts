import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProxy } from "@keybrake/proxy";
import { startEmulator } from "@keybrake/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "./served-proxy.ts";
import { UPSTREAM_KEY } from "./stack.ts";

/*
 * Before: a proxy whose store was removed or replaced went on answering 200, /readyz too, into a file that nobody would
 * read again, while a second process opened an empty store on the path: both could spend the same caps. With the disk
 * full, /readyz said 200.
 */
async function openScene() {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-store-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  onTestFinished(() => emulator.close());
  const store = join(folder, "keybrake.db");
  return { store, stripeUrl: emulator.url };
}

function charge(url: string, vaultKey: string, name: string): Promise<Response> {
  return fetch(`${url}/v1/charges`, {
    method: "POST",
    headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": name },
    body: new URLSearchParams({ amount: "100", currency: "usd", source: "tok_visa" }),
  });
}

const codeOf = async (answer: Response) => ((await answer.json()) as any).error?.code;

test.each([
  ["removed", (store: string) => rm(store)],
  ["removed with its log", (store: string) => Promise.all([rm(store), rm(`${store}-wal`)])],
  [
    "replaced by an empty file",
    async (store: string) => {
      await writeFile(`${store}.new`, "");
      await rename(`${store}.new`, store);
    },
  ],
  ["left without its log", (store: string) => rm(`${store}-wal`)],
] as const)(
  "a store that is %s: 503 for calls and /readyz, and nothing is forwarded",
  async (_name, lose) => {
    const { store, stripeUrl } = await openScene();
    const proxy = await startProxy({ stripeSecretKey: UPSTREAM_KEY, stripeUrl, store });
    onTestFinished(() => proxy.close());
    const { vault_key } = await proxy.admin.vaultKeys.create({
      name: "a",
      role: "billing",
      daily_usd_cap: 100,
    });
    expect((await charge(proxy.url, vault_key, "before")).status).toBe(200);
    expect((await fetch(`${proxy.url}/readyz`)).status).toBe(200);
    await lose(store);
    const after = await charge(proxy.url, vault_key, "after");
    expect(after.status).toBe(503);
    expect(await codeOf(after)).toBe("store_unavailable");
    expect((await fetch(`${proxy.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${proxy.url}/healthz`)).status).toBe(200);
  },
);

test("a store that is gone is not begun anew in its place", async () => {
  const { store, stripeUrl } = await openScene();
  const options = { stripeSecretKey: UPSTREAM_KEY, stripeUrl, store };
  await (await startProxy(options)).close();
  await rm(store);
  await expect(startProxy(options)).rejects.toMatchObject({ code: "store_missing" });
  await rm(`${store}.vault.json`);
  await (await startProxy(options)).close();
});

test("a disk that is full: 503 for calls and for /readyz", { timeout: 120_000 }, async () => {
  const { store, stripeUrl } = await openScene();
  const adminKey = "admin-key-of-the-full-disk";
  // No file of this process may grow past 2 MiB: SQLite hears of it as it does of a full disk.
  const limited = `ulimit -f 2048; exec "$0" "$@"`;
  const proxy = await serve({
    ...{ port: 0, store, stripeUrl, credential: UPSTREAM_KEY, adminKey },
    through: ["bash", "-c", limited],
  });
  onTestFinished(() => proxy.kill());
  const issued = await fetch(`${proxy.url}/admin/vault-keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "a", vendor: "stripe", role: "billing", daily_usd_cap: 1000 }),
  });
  const { vault_key } = (await issued.json()) as { vault_key: string };
  expect((await fetch(`${proxy.url}/readyz`)).status).toBe(200);
  let refused: Response | null = null;
  for (let call = 0; call < 500 && refused === null; call++) {
    const answer = await charge(proxy.url, vault_key, `act-${call}`);
    if (answer.status !== 200) refused = answer;
  }
  expect(refused?.status).toBe(503);
  expect((await fetch(`${proxy.url}/readyz`)).status).toBe(503);
});
