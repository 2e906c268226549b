import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { type PostgresServer, startPostgres } from "@keybrake/contract/postgres";
import { createToolset } from "@keybrake/core";
import { createLog, isProxyError, type StartProxyOptions, startProxy } from "@keybrake/proxy";
import { startEmulator } from "@keybrake/stripe-emulator";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startReceiver } from "./alert-receiver.ts";
import { atStripe } from "./at-stripe.ts";

const STRIPE_KEY = "sk_test_shared0proxy0credential";
const MASTER_KEY = "5a".repeat(32);
const PASSWORD = "hunter2-of-the-store";
const BILLING = { name: "june", role: "billing", daily_usd_cap: 50 } as const;
const charge = (billing_period: string) => ({
  customer_id: "cus_demo_alice",
  amount_cents: 2000,
  billing_period,
});

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
});
afterAll(() => server?.dispose());

/** A fresh database, the stand-in of Stripe, and all that proxies of them have said. */
async function newBooks() {
  const stripe = await startEmulator({ secretKeys: [STRIPE_KEY] });
  onTestFinished(() => stripe.close());
  const store = new URL(await server.createDatabase(`books_${databases++}`));
  store.password = PASSWORD;
  const said: string[] = [];
  const options: StartProxyOptions = {
    ...{ store: store.href, stripeUrl: stripe.url, masterKey: MASTER_KEY },
    log: createLog({ level: "debug", destination: { write: (line: string) => said.push(line) } }),
  };
  return { stripe, options, said };
}

function pay(proxyUrl: string, vaultKey: string, period: string) {
  const options = {
    vaultKey,
    proxyUrl,
    runId: "run",
    idempotency: "business",
    only: ["create_charge"],
  } as const;
  return createToolset("billing", options).tools[0]?.execute(charge(period));
}

test("two proxies on one database: one vault, one cap, one act, one revocation", async () => {
  const { options, said } = await newBooks();
  await using one = await startProxy({ ...options, stripeSecretKey: STRIPE_KEY });
  // The other finds the sealed Stripe key in the store.
  await using two = await startProxy(options);
  const { id, vault_key } = await one.admin.vaultKeys.create(BILLING);
  expect(await pay(one.url, vault_key, "2026-05")).toMatchObject({ ok: true, replayed: false });
  expect(await pay(two.url, vault_key, "2026-05")).toMatchObject({ ok: true, replayed: true });
  const both = await Promise.all([pay(one.url, vault_key, "2026-06"), pay(two.url, vault_key, "2026-06")]);
  expect(both).toMatchObject([{ ok: true }, { ok: true }]);
  expect(await pay(two.url, vault_key, "2026-07")).toMatchObject({ ok: false, code: "spend_cap_exceeded" });
  expect(await two.admin.vaultKeys.get(id)).toMatchObject({ spent: 40, remaining: 10 });
  await one.admin.vaultKeys.revoke(id);
  expect(await pay(two.url, vault_key, "2026-05")).toMatchObject({ ok: false, code: "vault_key_revoked" });
  expect((await one.ledger.verify(Date.now())).problems).toEqual([]);
  for (const secret of [PASSWORD, STRIPE_KEY, vault_key]) expect(said.join("")).not.toContain(secret);
});

test("two proxies on one database tell each alert once, whoever added the target and whoever spent", async () => {
  const { options } = await newBooks();
  await using receiver = await startReceiver();
  const open = { ...options, alertsAllowPrivate: true };
  await using one = await startProxy({ ...open, stripeSecretKey: STRIPE_KEY });
  await using two = await startProxy(open);
  await one.admin.alerts.create({ url: receiver.url });
  const { id, vault_key } = await one.admin.vaultKeys.create({ ...BILLING, daily_usd_cap: 200 });
  const months = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"];
  await Promise.all(
    months.map((month, index) => pay((index % 2 ? one : two).url, vault_key, `2026-${month}`)),
  );
  await two.admin.vaultKeys.revoke(id);
  await receiver.until(4);
  // Both have looked since.
  await setTimeout(600);
  const told = receiver.received.map(({ body }) => `${body.type} ${body.data.percent ?? ""}`.trim());
  const reached = [100, 50, 80].map((percent) => `budget.threshold ${percent}`);
  expect(told.toSorted()).toEqual([...reached, "vault_key.revoked"]);
  const { data } = await two.admin.alerts.deliveries();
  expect(data.map(({ state, attempts }) => [state, attempts])).toEqual(Array(4).fill(["delivered", 1]));
});

/** Between a proxy and Stripe: what is on its way to `path` waits until it is let go. */
async function startGate(stripeUrl: string, path: string) {
  const { promise: isThere, resolve: arrived } = Promise.withResolvers<void>();
  const { promise: mayGo, resolve: go } = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    if (request.url === path) {
      arrived();
      await mayGo;
    }
    const headers = Object.fromEntries(
      ["authorization", "content-type", "idempotency-key"].flatMap((name) => {
        const value = request.headers[name];
        return typeof value === "string" ? [[name, value]] : [];
      }),
    );
    const body = request.method === "GET" ? null : Buffer.concat(await request.toArray());
    const answer = await fetch(`${stripeUrl}${request.url}`, {
      method: request.method ?? "GET",
      headers,
      body,
    });
    const { status } = answer;
    response.writeHead(status, {
      "content-type": "application/json",
      "request-id": answer.headers.get("request-id") ?? "",
    });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, isThere, go };
}

test("an invoice does not grow at one proxy while the other finalises it", async () => {
  const { stripe, options } = await newBooks();
  const at = atStripe(stripe.url, STRIPE_KEY);
  const { id: customer } = await at.make("customers", { source: "tok_visa" });
  const { id: invoice } = await at.make("invoices", { customer, auto_advance: "false" });
  const item = { customer, invoice, amount: "1000", currency: "usd" };
  await at.make("invoiceitems", item);
  const gate = await startGate(stripe.url, `/v1/invoices/${invoice}/finalize`);
  await using one = await startProxy({ ...options, stripeUrl: gate.url, stripeSecretKey: STRIPE_KEY });
  await using two = await startProxy(options);
  const policy = {
    name: "invoices",
    allowed_operations: ["invoices.*", "invoiceItems.*"],
    daily_usd_cap: 50,
  };
  const { vault_key } = await one.admin.vaultKeys.create(policy);
  const post = async (url: string, path: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    const headers = { authorization: `Bearer ${vault_key}` };
    return (await fetch(`${url}/stripe/v1/${path}`, { method: "POST", headers, body })).json() as any;
  };
  const finalised = post(one.url, `invoices/${invoice}/finalize`, {});
  await gate.isThere;
  const grown = post(two.url, "invoiceitems", item);
  // Time enough to grow it, if nothing stood in the way.
  await setTimeout(1_000);
  gate.go();
  expect(await finalised).toMatchObject({ status: "open", amount_due: 1000 });
  expect((await grown).error).toMatchObject({ code: "invoice_not_editable" });
  // And when a proxy has gone, its turns are free.
  expect(await post(two.url, `invoices/${invoice}/void`, {})).toMatchObject({ status: "void" });
});

test("a proxy that could not read what the others seal does not start", async () => {
  const { options } = await newBooks();
  await (await startProxy({ ...options, stripeSecretKey: STRIPE_KEY })).close();
  const other = { ...options, stripeSecretKey: STRIPE_KEY };
  const cases = [
    [{ ...other, masterKey: "6b".repeat(32) }, "vault_unreadable"],
    [{ ...other, masterKey: undefined }, "master_key_invalid"],
    [{ ...other, store: `postgres://u:${PASSWORD}@127.0.0.1:1/db` }, "store_unavailable"],
    [{ ...other, store: `postgres://u:${PASSWORD}@` }, "store_invalid"],
  ] as const;
  for (const [wrong, code] of cases) {
    const error: unknown = await startProxy(wrong).catch((thrown: unknown) => thrown);
    expect(isProxyError(error) && error.code).toBe(code);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PASSWORD);
  }
  await (await startProxy(options)).close();
});

test("while Postgres is away the proxy is not ready and moves nothing; when it is back, it goes on", async () => {
  const { options } = await newBooks();
  await using proxy = await startProxy({ ...options, stripeSecretKey: STRIPE_KEY });
  const { vault_key } = await proxy.admin.vaultKeys.create(BILLING);
  const readiness = async () => (await fetch(`${proxy.url}/readyz`)).status;
  expect(await readiness()).toBe(200);
  await server.stop();
  expect(await readiness()).toBe(503);
  const headers = { authorization: `Bearer ${vault_key}`, "idempotency-key": "away" };
  const refused = await fetch(`${proxy.url}/stripe/v1/charges`, {
    method: "POST",
    headers,
    body: "amount=100",
  });
  expect(refused.status).toBe(503);
  await server.start();
  await expect.poll(readiness, { timeout: 15_000, interval: 200 }).toBe(200);
  expect(await pay(proxy.url, vault_key, "2026-08")).toMatchObject({ ok: true });
});
