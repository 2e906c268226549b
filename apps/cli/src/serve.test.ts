import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAdminClient } from "@keybrake/core";
import { startEmulator } from "@keybrake/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { runCli, startCli, temporaryFolder } from "./test-support.ts";

const ADMIN_KEY = "an-admin-key-of-32-characters-xx";
const STRIPE_KEY = "sk_test_serve_51Hidden";
const READY = /^keybrake listening on (http:\/\/127\.0\.0\.1:(\d+))\n/;

async function newFolder(): Promise<string> {
  return temporaryFolder(onTestFinished);
}

function charge(url: string, vaultKey: string, idempotencyKey: string): Promise<Response> {
  return fetch(`${url}/stripe/v1/charges`, {
    method: "POST",
    headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": idempotencyKey },
    body: new URLSearchParams({ amount: "1200", currency: "usd", source: "tok_visa" }),
  });
}

test("serve prints one line when ready, seals the key, keeps its books, and needs the key no more", async () => {
  const cwd = await newFolder();
  const emulator = await startEmulator({ secretKeys: [STRIPE_KEY] });
  onTestFinished(() => emulator.close());
  const argv = ["serve", "--port", "0", "--stripe-url", emulator.url];

  const first = startCli(argv, {
    cwd,
    env: { KEYBRAKE_ADMIN_KEY: ADMIN_KEY, STRIPE_SECRET_KEY: STRIPE_KEY },
    onEnd: onTestFinished,
  });
  const [, url = ""] = await first.waitFor(READY);
  const admin = createAdminClient({ proxyUrl: url, adminKey: ADMIN_KEY });
  const { vault_key } = await admin.vaultKeys.create({ name: "t", role: "billing", daily_usd_cap: 100 });
  expect((await charge(url, vault_key, "one")).status).toBe(200);
  first.process.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  expect(first.stdout()).toBe(`keybrake listening on ${url}\n`);
  for (const line of first.stderr().trim().split("\n")) expect(() => JSON.parse(line), line).not.toThrow();

  expect((await readdir(cwd)).toSorted()).toEqual([
    "keybrake.db",
    "keybrake.db.key",
    "keybrake.db.vault.json",
  ]);
  for (const name of await readdir(cwd)) {
    expect((await stat(join(cwd, name))).mode & 0o077, name).toBe(0);
    const bytes = await readFile(join(cwd, name), "latin1");
    for (const secret of [STRIPE_KEY, vault_key, ADMIN_KEY]) expect(bytes.includes(secret), name).toBe(false);
  }

  const second = startCli([...argv, "--json"], {
    cwd,
    env: { KEYBRAKE_ADMIN_KEY: ADMIN_KEY },
    onEnd: onTestFinished,
  });
  const [line] = await second.waitFor(/^.+\n/);
  const ready = JSON.parse(line) as { url: string; port: number };
  expect(ready.url).toBe(`http://127.0.0.1:${ready.port}`);
  const again = await charge(ready.url, vault_key, "one");
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect((await charge(ready.url, vault_key, "two")).status).toBe(200);
  second.process.kill("SIGINT");
  expect(await second.ended).toBe(0);
  for (const secret of [STRIPE_KEY, vault_key, ADMIN_KEY]) {
    expect(first.stderr() + second.stdout() + second.stderr()).not.toContain(secret);
  }
});

/** An upstream that holds every request until it is released. */
async function slowUpstream() {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    request.resume();
    arrived.resolve();
    await release.promise;
    response.setHeader("content-type", "application/json");
    // Without it, an answer is not taken for Stripe's own.
    response.setHeader("request-id", "req_slow");
    response.end(
      JSON.stringify({ id: "ch_slow", object: "charge", amount: 1200, currency: "usd", status: "succeeded" }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, arrived: arrived.promise, release: release.resolve };
}

async function serveSlow() {
  const upstream = await slowUpstream();
  const cwd = await newFolder();
  const cli = startCli(["serve", "--port", "0", "--stripe-url", upstream.url], {
    cwd,
    env: { KEYBRAKE_ADMIN_KEY: ADMIN_KEY, STRIPE_SECRET_KEY: STRIPE_KEY },
    onEnd: onTestFinished,
  });
  const [, url = ""] = await cli.waitFor(READY);
  const admin = createAdminClient({ proxyUrl: url, adminKey: ADMIN_KEY });
  const { vault_key } = await admin.vaultKeys.create({ name: "t", role: "billing", daily_usd_cap: 100 });
  return { upstream, cli, cwd, url, vault_key };
}

test("SIGTERM lets a call in flight end and refuses new ones", async () => {
  const { upstream, cli, url, vault_key } = await serveSlow();
  const answer = charge(url, vault_key, "slow");
  await upstream.arrived;
  cli.process.kill("SIGTERM");
  await expect.poll(() => cli.stderr(), { timeout: 10_000 }).toContain("draining");
  const late = await charge(url, vault_key, "late").then(
    (response) => response.status,
    () => "no connection",
  );
  expect([503, "no connection"]).toContain(late);
  upstream.release();
  expect((await answer).status).toBe(200);
  expect(await cli.ended).toBe(0);
});

test("a second signal ends at once", async () => {
  const { upstream, cli, url, vault_key } = await serveSlow();
  const answer = charge(url, vault_key, "slow").catch(() => "cut off");
  await upstream.arrived;
  cli.process.kill("SIGTERM");
  await expect.poll(() => cli.stderr(), { timeout: 10_000 }).toContain("draining");
  cli.process.kill("SIGTERM");
  expect(await cli.ended).toBe(143);
  expect(await answer).toBe("cut off");
});

test("wrong settings end with 2, what cannot be opened with 1, and no secret is repeated", async () => {
  const cwd = await newFolder();
  await writeFile(join(cwd, "rates.json"), '{"eur": 1.08}');
  await mkdir(join(cwd, "folder.db"));
  const env = { KEYBRAKE_ADMIN_KEY: ADMIN_KEY, STRIPE_SECRET_KEY: STRIPE_KEY };
  const cases: readonly [argv: string[], env: Record<string, string>, code: number, message: RegExp][] = [
    [[], { STRIPE_SECRET_KEY: STRIPE_KEY }, 2, /KEYBRAKE_ADMIN_KEY is not set/],
    [[], { ...env, KEYBRAKE_ADMIN_KEY: "short" }, 2, /KEYBRAKE_ADMIN_KEY: /],
    [[], { ...env, STRIPE_SECRET_KEY: "pk_test_hidden" }, 2, /STRIPE_SECRET_KEY must be/],
    [[], { ...env, KEYBRAKE_MASTER_KEY: "hidden" }, 2, /KEYBRAKE_MASTER_KEY must hold 32 bytes/],
    [["--rates", "rates.json"], env, 2, /--rates \(KEYBRAKE_RATES\): rates.json: Rate for "eur"/],
    [["--rates", "none.json"], env, 2, /none.json: ENOENT/],
    [[`--stripe-key=${STRIPE_KEY}`], env, 2, /unknown option/],
    [[], { KEYBRAKE_ADMIN_KEY: ADMIN_KEY, KEYBRAKE_STORE: "other.db" }, 1, /set STRIPE_SECRET_KEY once/],
    [["--store", "folder.db"], env, 1, /--store \(KEYBRAKE_STORE\): folder.db: /],
    [["--port", "1", "--host", "192.0.2.1"], env, 1, /Cannot listen on 192.0.2.1:1/],
  ];
  for (const [argv, caseEnv, code, message] of cases) {
    const result = await runCli(["serve", "--json", ...argv], { cwd, env: caseEnv });
    expect(result.stderr, argv.join(" ")).toMatch(message);
    expect(result.code, result.stderr).toBe(code);
    expect(JSON.parse(result.stdout), result.stderr).toHaveProperty("error.message");
    expect(result.stdout + result.stderr).not.toMatch(/hidden|51Hidden|an-admin-key/);
  }
});

test("a store that another process has open is refused", async () => {
  const { cwd } = await serveSlow();
  const store = join(cwd, "keybrake.db");
  const second = await runCli(["serve", "--port", "0", "--store", store], {
    cwd: await newFolder(),
    env: { KEYBRAKE_ADMIN_KEY: ADMIN_KEY, STRIPE_SECRET_KEY: STRIPE_KEY },
  });
  expect(second.code).toBe(1);
  expect(second.stderr).toContain("store_in_use");
});

test("serve never loads the emulator, which dev cannot do without", async () => {
  const refuse = `import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) {
      if (name === "@keybrake/stripe-emulator") throw new Error("the emulator was loaded");
      return next(name, context);
    } });`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(refuse)}`;
  const env = { NODE_OPTIONS, KEYBRAKE_ADMIN_KEY: ADMIN_KEY, STRIPE_SECRET_KEY: STRIPE_KEY };
  const cwd = await newFolder();
  const cli = startCli(["serve", "--port", "0"], { cwd, env, onEnd: onTestFinished });
  await cli.waitFor(READY);
  const dev = await runCli(["dev", "--port", "0"], { cwd, env });
  expect(dev.stderr).toContain("the emulator was loaded");
});

test("serve is ready without Node's own fetch, which would be a tenth of its start", async () => {
  const tell = `const { stdout, stderr, moduleLoadList } = process;
    const write = stdout.write;
    stdout.write = (...args) => {
      const loaded = moduleLoadList.filter((name) => /NativeModule (http|internal.deps.undici.undici)$/.test(name));
      stderr.write("loaded: " + loaded.join() + "\\n");
      return write.apply(stdout, args);
    };`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(tell)}`;
  const env = { NODE_OPTIONS, KEYBRAKE_ADMIN_KEY: ADMIN_KEY, STRIPE_SECRET_KEY: STRIPE_KEY };
  const cli = startCli(["serve", "--port", "0"], { cwd: await newFolder(), env, onEnd: onTestFinished });
  await cli.waitFor(READY);
  await expect.poll(() => cli.stderr()).toMatch(/^loaded: NativeModule http$/m);
});
