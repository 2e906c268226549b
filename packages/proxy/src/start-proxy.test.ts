import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { createToolset } from "@keybrake/core";
import { startEmulator } from "@keybrake/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { createLog } from "./log.ts";
import { isProxyError } from "./proxy-error.ts";
import { type StartProxyOptions, startProxy } from "./start-proxy.ts";
import { createUndiciUpstream } from "./upstream/undici-upstream.ts";
import type { UpstreamRequest } from "./upstream/upstream.ts";
import { credentialOwner } from "./vendors/stripe/credential.ts";

const STRIPE_KEY = "sk_test_start0proxy0credential";
const JUNE = { customer_id: "cus_demo_alice", amount_cents: 2900, billing_period: "2026-06" };
const BILLING = { name: "june", role: "billing", daily_usd_cap: 100 } as const;

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Temporary folders are made in a folder of the test's own, so that what is left in it can be counted. */
async function withOwnTmpdir(): Promise<string> {
  const folder = await newFolder();
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  return folder;
}

/** The stand-in on its own, in the place of Stripe. */
async function newStripe() {
  const emulator = await startEmulator({ secretKeys: [STRIPE_KEY] });
  onTestFinished(() => emulator.close());
  return emulator;
}

function charge(proxyUrl: string, vaultKey: string) {
  const { tools } = createToolset("billing", { vaultKey, proxyUrl, only: ["create_charge"] });
  return tools[0]?.execute(JUNE);
}

/** The code of the ProxyError that the start rejects with; its message goes through `said`. */
async function refusal(options: StartProxyOptions, said: string[] = []): Promise<string> {
  const error: unknown = await startProxy(options).then(
    (proxy) => proxy.close(),
    (thrown: unknown) => thrown,
  );
  if (!isProxyError(error)) throw new Error("no ProxyError", { cause: error });
  said.push(error.message);
  return error.code;
}

test("without options: a charge is made at the stand-in, refused over the cap, and nothing is left", async () => {
  const folder = await withOwnTmpdir();
  const proxy = await startProxy();
  const { vault_key } = await proxy.admin.vaultKeys.create({ ...BILLING, daily_usd_cap: 30 });
  expect(vault_key).toMatch(/^vk_test_/);
  expect(await charge(proxy.url, vault_key)).toMatchObject({ ok: true });
  expect(await charge(proxy.url, vault_key)).toMatchObject({ ok: false, code: "spend_cap_exceeded" });
  expect((await proxy.emulator.summary()).currencies.usd?.charged).toBe(2900);
  expect((await proxy.ledger.verify(Date.now())).problems).toEqual([]);
  expect(new URL(proxy.url).hostname).toBe("127.0.0.1");
  expect(await readdir(folder)).toHaveLength(1);

  await Promise.all([proxy.close(), proxy.close()]);
  await proxy[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
  for (const url of [proxy.url, proxy.emulator.url]) await expect(fetch(url)).rejects.toThrow();
  await expect(proxy.ledger.ping(Date.now())).rejects.toThrow();
});

test("two at once are strangers: the key of one is nothing to the other", async () => {
  await using one = await startProxy();
  await using other = await startProxy();
  const { vault_key } = await one.admin.vaultKeys.create(BILLING);
  expect(await charge(other.url, vault_key)).toMatchObject({ ok: false, code: "invalid_vault_key" });
  expect(one.adminKey).not.toBe(other.adminKey);
});

test("faults of the stand-in are armed from the test", async () => {
  await using proxy = await startProxy();
  await proxy.emulator.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
  const { vault_key } = await proxy.admin.vaultKeys.create(BILLING);
  expect(await charge(proxy.url, vault_key)).toMatchObject({ ok: true, replayed: true });
  expect((await proxy.emulator.summary()).charges.created).toBe(1);
});

test("with a Stripe key and a store: calls go to the address, and a later start needs neither key nor luck", async () => {
  const stripe = await newStripe();
  const folder = await newFolder();
  const real = { stripeUrl: stripe.url, store: `sqlite:${join(folder, "books.db")}` };
  const first = await startProxy({ ...real, stripeSecretKey: STRIPE_KEY });
  expect(first.emulator).toBeNull();
  expect(first.credentialKind).toEqual({ mode: "test", owner: credentialOwner(STRIPE_KEY), warning: null });
  const { vault_key } = await first.admin.vaultKeys.create(BILLING);
  expect(await charge(first.url, vault_key)).toMatchObject({ ok: true });
  await first.close();
  const files = (await readdir(folder)).sort();
  expect(files).toEqual(["books.db", "books.db.key", "books.db.vault.json"]);
  for (const file of files) expect(await readFile(join(folder, file), "latin1")).not.toContain(STRIPE_KEY);

  await using second = await startProxy(real);
  const { data } = await second.admin.vaultKeys.list();
  expect(data).toMatchObject([{ name: "june", spent: 29 }]);
  expect(await charge(second.url, vault_key)).toMatchObject({ ok: true });
});

test("with a Stripe key alone, nothing of it is written anywhere", async () => {
  const folder = await withOwnTmpdir();
  const stripe = await newStripe();
  await using _ = await startProxy({ stripeSecretKey: STRIPE_KEY, stripeUrl: stripe.url });
  const [temporary = ""] = await readdir(folder);
  const files = (await readdir(join(folder, temporary))).filter((file) => !/-(wal|shm)$/.test(file));
  expect(files).toEqual(["keybrake.db"]);
});

test("port, host, admin key, clock, log and the seams of tests are taken as they are given", async () => {
  const lines: string[] = [];
  const sent: string[] = [];
  let now = Date.now();
  const adminKey = "an-admin-key-of-the-test";
  await using proxy = await startProxy({
    adminKey,
    host: "localhost",
    log: createLog({ destination: { write: (line: string) => void lines.push(line) } }),
    environment: { clock: () => now },
    upstream: (origin) => {
      const upstream = createUndiciUpstream(origin);
      const send = (request: UpstreamRequest) => {
        sent.push(request.path);
        return upstream.send(request);
      };
      return { ...upstream, send };
    },
    ledger: (opened) => ({ ...opened, ping: () => Promise.reject(new Error("a broken disk")) }),
  });
  expect(proxy.url).toBe(`http://localhost:${proxy.port}`);
  const { id, vault_key } = await proxy.admin.vaultKeys.create({ ...BILLING, expires_in_seconds: 60 });
  await charge(proxy.url, vault_key);
  expect(sent).toEqual(["/v1/charges"]);
  expect((await fetch(`${proxy.url}/readyz`)).status).toBe(503);
  now += 61_000;
  expect((await proxy.admin.vaultKeys.get(id)).status).toBe("expired");
  expect(lines.map((line) => JSON.parse(line).msg)).toContain("listening");
  expect(lines.join("")).not.toContain(adminKey);
});

test("printed, serialised or spread, it shows its address and no key", async () => {
  await using proxy = await startProxy();
  const shown = [
    inspect(proxy, { depth: 10, showHidden: true, getters: true }),
    JSON.stringify(proxy),
    inspect({ ...proxy }, { depth: 10, getters: true }),
  ].join("\n");
  expect(shown).toContain(proxy.url);
  expect(shown).not.toContain(proxy.adminKey);
  expect(shown).not.toMatch(/[sr]k_(live|test)_/);
});

test("what is wrong is said in words, with a code, before anything is written, and no secret is quoted", async () => {
  const folder = await newFolder();
  const store = join(folder, "books.db");
  const said: string[] = [];
  const cases: readonly [StartProxyOptions, string][] = [
    [{ stripeSecretKey: "" }, "credential_invalid"],
    [{ stripeSecretKey: "pk_test_hunter2", store }, "credential_invalid"],
    [{ store }, "credential_missing"],
    [{ stripeUrl: "https://api.stripe.com" }, "credential_missing"],
    [{ stripeSecretKey: STRIPE_KEY, stripeUrl: "http://10.0.0.1" }, "upstream_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, stripeUrl: "https://user:hunter2@api.stripe.com" }, "upstream_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, stripeUrl: "https://api.stripe.com/v1" }, "upstream_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, stripeUrl: "hunter2" }, "upstream_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, store: "postgres://user:hunter2@db" }, "store_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, store: "mysql://user:hunter2@db/x" }, "store_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, store: "postgres://user:hunter2@db/x" }, "master_key_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, store: "sqlite::memory:" }, "store_invalid"],
    [{ stripeSecretKey: STRIPE_KEY, store: "" }, "store_invalid"],
  ];
  for (const [options, code] of cases) expect(await refusal(options, said), inspect(options)).toBe(code);
  expect(await readdir(folder)).toEqual([]);
  expect(said.join("\n")).not.toMatch(/hunter2|start0proxy/);
});

test("a start that fails half-way closes what it had opened", async () => {
  const folder = await withOwnTmpdir();
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  expect(await refusal({ port })).toBe("listen_failed");
  expect(await refusal({ adminKey: "short" })).toBe("admin_key_invalid");
  expect(await readdir(folder)).toEqual([]);

  const store = join(await newFolder(), "books.db");
  const real = { stripeSecretKey: STRIPE_KEY, stripeUrl: "http://127.0.0.1:9", store };
  expect(await refusal({ ...real, port })).toBe("listen_failed");
  // The store is free again, which it would not be if it were still open.
  await using proxy = await startProxy(real);
  const said: string[] = [];
  expect(await refusal({ ...real, stripeSecretKey: "sk_test_another" }, said)).toBe("store_in_use");
  expect(said.join()).toContain(store);
  await proxy.close();
  // The key of the start that was turned away has replaced nothing.
  await using _ = await startProxy({ stripeUrl: real.stripeUrl, store });
});

test("a store or vault that cannot be read is named", async () => {
  const folder = await newFolder();
  const said: string[] = [];
  await writeFile(join(folder, "text.db"), "not a database, but long enough to look like one".repeat(100));
  const text = join(folder, "text.db");
  expect(await refusal({ stripeSecretKey: STRIPE_KEY, store: text }, said)).toMatch(
    /^store_(corrupt|foreign)$/,
  );
  const sealed = join(folder, "sealed.db");
  await writeFile(sealed, "");
  await writeFile(`${sealed}.vault.json`, "no JSON");
  expect(await refusal({ store: sealed }, said)).toBe("vault_unreadable");
  const elsewhere = join(folder, "none", "books.db");
  expect(await refusal({ stripeSecretKey: STRIPE_KEY, store: elsewhere }, said)).toBe("store_unavailable");
  expect(said).toMatchObject([
    expect.stringContaining(text),
    expect.stringContaining(sealed),
    expect.stringContaining(elsewhere),
  ]);
});
