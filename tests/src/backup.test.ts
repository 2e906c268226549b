import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createAdminClient } from "@keybrake/core";
import { type RunningProxy, restoreBackup, startProxy } from "@keybrake/proxy";
import { createEmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "./served-proxy.ts";
import { UPSTREAM_KEY } from "./stack.ts";

const MAIN = join(dirname(fileURLToPath(import.meta.url)), "../../apps/cli/src/main.ts");
const ADMIN_KEY = "admin-key-of-the-backup-test";
const CAP_USD = 2000;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-backup-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function keybrake(argv: readonly string[], env: Record<string, string> = {}) {
  const options = { env: { PATH: process.env.PATH ?? "", ...env } };
  return promisify(execFile)(process.execPath, [MAIN, ...argv], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code: Number(code), stdout: String(stdout), stderr: String(stderr) }),
  );
}

async function newStripe() {
  const emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  onTestFinished(() => emulator.close());
  return { url: emulator.url, control: createEmulatorControl(emulator.url) };
}

function post(url: string, path: string, vaultKey: string, name: string, form: Record<string, string>) {
  return fetch(`${url}/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": name },
    body: new URLSearchParams(form),
  });
}

const charge = (url: string, vaultKey: string, name: string) =>
  post(url, "charges", vaultKey, name, { amount: "100", currency: "usd", source: "tok_visa" });

test("a backup under load, restored elsewhere: books equal Stripe's, the cap holds, nothing is executed twice", {
  timeout: 120_000,
}, async () => {
  const stripe = await newStripe();
  const folder = await newFolder();
  const store = join(folder, "books.db");
  const first = await serve({
    ...{ port: 0, store, stripeUrl: stripe.url, credential: UPSTREAM_KEY, adminKey: ADMIN_KEY },
  });
  onTestFinished(() => first.kill());
  const admin = createAdminClient({ proxyUrl: first.url, adminKey: ADMIN_KEY });
  const role = { allowed_operations: ["charges.create", "paymentIntents.create", "refunds.create"] };
  const { id, vault_key } = await admin.vaultKeys.create({ name: "t", ...role, daily_usd_cap: CAP_USD });

  // Eight agents that charge a dollar each until it ends; half of what is asked at Stripe takes its time.
  await stripe.control.addFault({
    ...{ operation: "charges.create", kind: "delay", delay_ms: 30, probability: 0.5, seed: 7 },
  });
  const answered = new Map<string, string>();
  let stopping = false;
  const agents = Array.from({ length: 8 }, async (_, agent) => {
    for (let act = 0; !stopping; act++) {
      const name = `act-${agent}-${act}`;
      const response = await charge(first.url, vault_key, name).catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, 25));
      if (response?.status === 200) answered.set(name, ((await response.json()) as { id: string }).id);
    }
  });
  await expect.poll(() => answered.size, { timeout: 30_000 }).toBeGreaterThan(20);
  const env = { KEYBRAKE_ADMIN_KEY: ADMIN_KEY, KEYBRAKE_PROXY_URL: first.url };
  const file = join(folder, "keybrake.backup");
  const backedUp = await keybrake(["backup", file], env);
  expect(backedUp, backedUp.stderr + first.stderr()).toMatchObject({ code: 0 });
  const before = answered.size;
  await expect.poll(() => answered.size, { timeout: 30_000 }).toBeGreaterThan(before + 10);
  // Of other kinds, too, since the backup: an intent, and money given back.
  const intent = { amount: "500", currency: "usd", payment_method: "pm_card_visa", confirm: "true" };
  expect((await post(first.url, "payment_intents", vault_key, "intent", intent)).status).toBe(200);
  const refund = { charge: [...answered.values()].at(-1) ?? "" };
  expect((await post(first.url, "refunds", vault_key, "refund", refund)).status).toBe(200);
  stopping = true;
  await Promise.all(agents);
  await first.kill();

  const other = join(await newFolder(), "elsewhere.db");
  const restored = await keybrake(["restore", file, "--store", other]);
  expect(restored, restored.stderr).toMatchObject({ code: 0 });
  expect(restored.stderr).toContain("revoked since work again");
  // The master key is kept apart, and put back.
  await copyFile(`${store}.key`, `${other}.key`);
  const requests = (await stripe.control.summary()).charges.created;
  const second = await startProxy({ store: other, stripeUrl: stripe.url, adminKey: ADMIN_KEY });
  onTestFinished(() => second.close());
  expect((await stripe.control.summary()).charges.created).toBe(requests);

  // What was in flight at the backup is unknown, and found.
  await expect
    .poll(
      async () => {
        await second.admin.reconcile();
        return (await second.ledger.sumUnresolved()).length;
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBe(0);
  await expectBooksToEqual(stripe, second, id);

  // Everybody asks again for everything: what Stripe was asked for already is not done again.
  for (const name of answered.keys()) {
    const again = await charge(second.url, vault_key, name);
    expect([200, 400], name).toContain(again.status);
  }
  expect((await stripe.control.summary()).charges.created).toBe(requests);
  await expectBooksToEqual(stripe, second, id);

  // And the cap is what it was: what is left of it, and not a dollar more.
  const { spent } = await second.admin.vaultKeys.get(id);
  const left = { amount: String((CAP_USD - spent) * 100), currency: "usd", source: "tok_visa" };
  const over = { ...left, amount: String(Number(left.amount) + 1) };
  expect((await post(second.url, "charges", vault_key, "over", over)).status).toBe(429);
  expect((await post(second.url, "charges", vault_key, "left", left)).status).toBe(200);
  await expectBooksToEqual(stripe, second, id);
});

type Stripe = Awaited<ReturnType<typeof newStripe>>;

/** What the key has spent is what Stripe's own objects come to, and no row is missing or in doubt. */
async function expectBooksToEqual({ url }: Stripe, proxy: RunningProxy, keyId: string): Promise<void> {
  const list = async (path: string) => {
    const objects: any[] = [];
    for (let after = ""; ; ) {
      const headers = { authorization: `Bearer ${UPSTREAM_KEY}` };
      const page = (await (await fetch(`${url}/v1/${path}?limit=100${after}`, { headers })).json()) as any;
      objects.push(...page.data);
      if (!page.has_more) return objects;
      after = `&starting_after=${page.data.at(-1).id}`;
    }
  };
  const charges = (await list("charges")).filter(({ payment_intent: intent }) => !intent);
  const all = [...charges, ...(await list("payment_intents")), ...(await list("refunds"))];
  const cents = all.reduce((sum: number, { amount }) => sum + amount, 0);
  const { spent, held } = await proxy.admin.vaultKeys.get(keyId);
  expect({ spent, held }).toEqual({ spent: cents / 100, held: 0 });
  const rows: string[] = [];
  for await (const row of proxy.admin.audit.iterate({ limit: 1000, state: "posted" }))
    rows.push(row.object_id ?? "");
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows.toSorted()).toEqual(all.map(({ id }) => id as string).toSorted());
  expect((await proxy.ledger.verify(Date.now())).problems).toEqual([]);
}

/** A small store with a charge, and its backup. */
async function openScene() {
  const stripe = await newStripe();
  const folder = await newFolder();
  const store = join(folder, "books.db");
  const proxy = await startProxy({
    store,
    stripeUrl: stripe.url,
    stripeSecretKey: UPSTREAM_KEY,
    adminKey: ADMIN_KEY,
  });
  onTestFinished(() => proxy.close());
  const issued = await proxy.admin.vaultKeys.create({ name: "t", role: "billing", daily_usd_cap: 10 });
  expect((await charge(proxy.url, issued.vault_key, "one")).status).toBe(200);
  const file = join(folder, "keybrake.backup");
  const env = { KEYBRAKE_ADMIN_KEY: ADMIN_KEY, KEYBRAKE_PROXY_URL: proxy.url };
  const made = await keybrake(["backup", file], env);
  expect(made, made.stderr).toMatchObject({ code: 0 });
  return { stripe, folder, store, proxy, issued, file };
}

test("a backup has no key in it, is for its owner alone, and leaves nothing beside the store", async () => {
  const { folder, store, issued, file } = await openScene();
  const bytes = await readFile(file, "latin1");
  const masterKey = (await readFile(`${store}.key`, "utf8")).trim();
  for (const secret of [UPSTREAM_KEY, issued.vault_key, ADMIN_KEY, masterKey])
    expect(bytes).not.toContain(secret);
  expect((await stat(file)).mode & 0o077).toBe(0);
  expect((await readdir(folder)).filter((name) => /part|\.backup$/.test(name))).toEqual(["keybrake.backup"]);
});

test("without the admin key there is no backup", async () => {
  const { proxy, issued } = await openScene();
  for (const key of ["", issued.vault_key, "wrong-admin-key-of-somebody"]) {
    const answer = await fetch(`${proxy.url}/admin/backup`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status).toBe(401);
  }
});

test("what is cut off, changed or no backup is not restored, and nothing is left of it", async () => {
  const { folder, file } = await openScene();
  const bytes = await readFile(file);
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 10] = (flipped[flipped.length - 10] ?? 0) ^ 1;
  const cases = [
    bytes.subarray(0, -1),
    flipped,
    Buffer.concat([bytes, Buffer.from("x")]),
    randomBytes(5000),
    Buffer.alloc(0),
  ];
  for (const [index, content] of cases.entries()) {
    const wrong = join(folder, `wrong-${index}`);
    await writeFile(wrong, content);
    const store = join(folder, `target-${index}.db`);
    await expect(restoreBackup({ backup: wrong, store })).rejects.toMatchObject({ code: "backup_invalid" });
    expect((await readdir(folder)).filter((name) => name.startsWith("target"))).toEqual([]);
  }
});

test("a store that is there is not written over, nor is Postgres", async () => {
  const { store, file } = await openScene();
  const before = await readFile(`${store}.vault.json`, "utf8");
  for (const target of [store, "postgres://u:hunter2@127.0.0.1/db"]) {
    const refused = await keybrake(["restore", file, "--store", target]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("restore_refused");
    expect(refused.stderr).not.toContain("hunter2");
  }
  expect(await readFile(`${store}.vault.json`, "utf8")).toBe(before);
});

test("while Stripe cannot be asked, a restored store is not started; when it can, it is", async () => {
  const { stripe, store, proxy, issued, file } = await openScene();
  expect((await charge(proxy.url, issued.vault_key, "two")).status).toBe(200);
  await proxy.close();
  const other = join(await newFolder(), "books.db");
  await restoreBackup({ backup: file, store: other });
  await copyFile(`${store}.key`, `${other}.key`);
  const away = startProxy({ store: other, stripeUrl: "http://127.0.0.1:9" });
  await expect(away).rejects.toMatchObject({ code: "restore_unfinished" });
  await using second = await startProxy({ store: other, stripeUrl: stripe.url });
  expect(await second.admin.vaultKeys.get(issued.id)).toMatchObject({ spent: 2 });
  await second.close();
  // The next start is one like any other.
  await using third = await startProxy({ store: other, stripeUrl: stripe.url });
  expect(await third.admin.vaultKeys.get(issued.id)).toMatchObject({ spent: 2 });
});
