import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLedger } from "@keybrake/ledger/sqlite";
import { createEmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { expect, onTestFinished, test } from "vitest";
import { type ServedProxy, serve } from "./served-proxy.ts";
import { UPSTREAM_KEY } from "./stack.ts";

const ADMIN_KEY = "admin-key-of-the-drain-test";

/** A proxy as a process of its own, in front of a stand-in that takes its time. */
async function openScene(flags: readonly string[], delayMs: number) {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-drain-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  onTestFinished(() => emulator.close());
  const control = createEmulatorControl(emulator.url);
  await control.addFault({ operation: "charges.create", kind: "delay", delay_ms: delayMs });
  const store = join(folder, "books.db");
  const proxy = await serve({
    ...{ port: 0, store, stripeUrl: emulator.url, credential: UPSTREAM_KEY, adminKey: ADMIN_KEY, flags },
  });
  onTestFinished(() => proxy.kill());
  const issued = await fetch(`${proxy.url}/admin/vault-keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "drain", vendor: "stripe", role: "billing", daily_usd_cap: 100_000 }),
  });
  const { vault_key } = (await issued.json()) as { vault_key: string };
  return { proxy, control, store, vaultKey: vault_key };
}

interface Answer {
  /** Null when there was no answer: `error` says why. */
  readonly status: number | null;
  readonly connection: string | undefined;
  readonly error: string | undefined;
}

/** One $1 charge on a connection of the agent's. */
function charge(proxy: ServedProxy, vaultKey: string, agent: Agent): Promise<Answer> {
  return ask(proxy, agent, {
    path: "/v1/charges",
    method: "POST",
    headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": randomBytes(12).toString("hex") },
    body: "amount=100&currency=usd&source=tok_visa",
  });
}

function ask(
  { url }: ServedProxy,
  agent: Agent,
  { body, ...options }: { path: string; method?: string; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(url + options.path, { agent, ...options }, (response) => {
      response.resume();
      response.once("end", () => {
        const { statusCode = null, headers } = response;
        resolve({ status: statusCode, connection: headers.connection, error: undefined });
      });
    });
    sent.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ status: null, connection: undefined, error: error.code }),
    );
    sent.end(body);
  });
}

async function reservedAfter(store: string): Promise<number> {
  const ledger = await openSqliteLedger({ path: store });
  const { heldMicros, unknownMicros, problems } = await ledger.verify(Date.now());
  expect(problems).toEqual([]);
  await ledger.close();
  return heldMicros + unknownMicros;
}

test("SIGTERM under load: every call that was taken is answered, and no hold is left", {
  timeout: 60_000,
}, async () => {
  const { proxy, control, store, vaultKey } = await openScene([], 40);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  onTestFinished(() => agent.destroy());
  const answers: Answer[] = [];
  let stopping = false;
  const clients = Array.from({ length: 16 }, async () => {
    while (!stopping) {
      const answer = await charge(proxy, vaultKey, agent);
      answers.push(answer);
      if (answer.status === null) return;
    }
  });
  await expect.poll(() => answers.length, { timeout: 20_000 }).toBeGreaterThan(32);
  const stopped = proxy.stop();
  await Promise.all(clients.map((client) => Promise.race([client, stopped])));
  stopping = true;
  expect(await stopped, proxy.stderr()).toBe(0);
  await Promise.all(clients);
  const charged = answers.filter(({ status }) => status === 200);
  expect(charged.length).toBeGreaterThan(32);
  // What was not answered was never taken: nothing reached Stripe that its caller does not know of.
  expect((await control.summary()).charges.created).toBe(charged.length);
  for (const { status, error } of answers)
    if (status !== 200) expect(["ECONNREFUSED", "ECONNRESET"], String(status)).toContain(error);
  expect(await reservedAfter(store)).toBe(0);
});

test("with a notice: not ready at once, calls still taken, and each connection ends with its answer", async () => {
  const { proxy, vaultKey } = await openScene(["--drain-notice", "2"], 1);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  onTestFinished(() => agent.destroy());
  expect(await charge(proxy, vaultKey, agent)).toMatchObject({ status: 200, connection: "keep-alive" });
  const stopped = proxy.stop();
  await expect.poll(() => ask(proxy, agent, { path: "/readyz" }).then(({ status }) => status)).toBe(503);
  expect(await (await fetch(`${proxy.url}/readyz`)).json()).toEqual({
    status: "unavailable",
    reason: "draining",
  });
  expect(await charge(proxy, vaultKey, agent)).toMatchObject({ status: 200, connection: "close" });
  expect(await ask(proxy, agent, { path: "/admin/budgets" })).toMatchObject({
    status: 401,
    connection: "close",
  });
  expect(await stopped).toBe(0);
  expect(await charge(proxy, vaultKey, agent)).toMatchObject({ status: null, error: "ECONNREFUSED" });
});

test("the drain is bounded: a call that outlasts it is cut off, and its money stays reserved", async () => {
  const { proxy, store, vaultKey } = await openScene(["--drain-timeout", "1"], 20_000);
  const agent = new Agent();
  const answer = charge(proxy, vaultKey, agent);
  const held = async () => {
    const text = await (await fetch(`${proxy.url}/metrics`)).text();
    return /^keybrake_unresolved_calls\{state="held"\} (\d+)$/m.exec(text)?.[1];
  };
  await expect.poll(held).toBe("1");
  const before = performance.now();
  expect(await proxy.stop()).toBe(0);
  expect(performance.now() - before).toBeLessThan(10_000);
  // Its caller hears that nobody knows, and its money stays reserved until the reconciler has asked Stripe.
  expect((await answer).status).toBe(504);
  expect(await reservedAfter(store)).toBe(1_000_000);
});

test("HEAD of the endless stream ends, and holds up nobody's end", async () => {
  const { proxy } = await openScene([], 1);
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const head = await fetch(`${proxy.url}/admin/audit/stream`, { method: "HEAD", headers });
  expect(head.status).toBe(200);
  expect(head.headers.get("x-accel-buffering")).toBe("no");
  const before = performance.now();
  expect(await proxy.stop()).toBe(0);
  expect(performance.now() - before).toBeLessThan(8_000);
});
