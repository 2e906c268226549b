import { type PostgresServer, startPostgres } from "@keybrake/contract/postgres";
import { isProxyError, type RunningProxy, startProxy } from "@keybrake/proxy";
import { createEmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { UPSTREAM_KEY } from "./stack.ts";

const CAP_USD = 10;
const NOBODY = "http://127.0.0.1:9";

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
});
afterAll(() => server?.dispose());

async function charge({ url }: RunningProxy, vaultKey: string, name: string, cents = 100): Promise<number> {
  const answer = await fetch(`${url}/v1/charges`, {
    method: "POST",
    headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": name },
    body: new URLSearchParams({ amount: String(cents), currency: "usd", source: "tok_visa" }),
  });
  await answer.text();
  return answer.status;
}

/** Books with two charges, a copy of them as they were then, and three more charges since. */
async function openScene() {
  const emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  onTestFinished(() => emulator.close());
  const name = `restored_${databases++}`;
  const store = await server.createDatabase(name);
  const options = { stripeUrl: emulator.url, masterKey: "4d".repeat(32) };
  const before = await startProxy({ ...options, store, stripeSecretKey: UPSTREAM_KEY });
  const { id, vault_key } = await before.admin.vaultKeys.create({
    ...{ name: "t", role: "billing", daily_usd_cap: CAP_USD },
  });
  for (const act of ["a", "b"]) expect(await charge(before, vault_key, act)).toBe(200);
  await before.close();
  await server.query("postgres", `CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
  const since = await startProxy({ ...options, store });
  for (const act of ["c", "d", "e"]) expect(await charge(since, vault_key, act, 200)).toBe(200);
  await since.close();
  const copy = { ...options, store: store.replace(name, `${name}_copy`) };
  return {
    control: createEmulatorControl(emulator.url),
    options: { ...options, store },
    copy,
    id,
    vault_key,
  };
}

test("books on Postgres that were put back have what was made since, before they take a call", {
  timeout: 120_000,
}, async () => {
  const { control, options, copy, id, vault_key } = await openScene();
  const away: unknown = await startProxy({ ...copy, stripeUrl: NOBODY }).catch((thrown: unknown) => thrown);
  expect(isProxyError(away) && away.code).toBe("restore_unfinished");
  // A start that looked up nothing has moved ledger time; what was missing is missing still.
  const restored = await startProxy(copy);
  expect(await restored.admin.vaultKeys.get(id)).toMatchObject({ spent: 8, held: 0 });
  // The cap is what it was.
  expect(await charge(restored, vault_key, "over", 201)).toBe(429);
  expect(await charge(restored, vault_key, "left", 200)).toBe(200);
  expect((await restored.ledger.verify(Date.now())).problems).toEqual([]);
  const { data } = await restored.admin.audit.list({ state: "posted" });
  expect(new Set(data.map(({ object_id: object }) => object)).size).toBe(6);
  expect((await control.summary()).charges.created).toBe(6);
  await restored.close();
  // The next start is one like any other, and so is one on the books that were never put back.
  for (const known of [copy, options]) await (await startProxy({ ...known, stripeUrl: NOBODY })).close();
});

test("proxies that start at once on books that were put back look up once, and all of them wait for it", {
  timeout: 120_000,
}, async () => {
  const { copy, id, vault_key } = await openScene();
  const proxies = await Promise.all([startProxy(copy), startProxy(copy), startProxy(copy)]);
  onTestFinished(async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))));
  for (const proxy of proxies) {
    expect(await proxy.admin.vaultKeys.get(id)).toMatchObject({ spent: 8, held: 0 });
    expect(await charge(proxy, vault_key, "over", 201)).toBe(429);
  }
  const [first] = proxies;
  expect((await first.ledger.verify(Date.now())).problems).toEqual([]);
  const { data } = await first.admin.audit.list({ state: "posted" });
  expect(data).toHaveLength(5);
});
