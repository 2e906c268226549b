import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "@keybrake/contract/postgres";
import { isProxyError, type RunningProxy, type StartProxyOptions, startProxy } from "@keybrake/proxy";
import { createEmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { UPSTREAM_KEY } from "./stack.ts";

const [OLD, NEW, OTHER] = ["1a".repeat(32), "2b".repeat(32), "3c".repeat(32)] as const;

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  server = await startPostgres({ isDurable: false });
});
afterAll(() => server?.dispose());

async function newStripe() {
  const emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  onTestFinished(() => emulator.close());
  return { url: emulator.url, control: createEmulatorControl(emulator.url) };
}

const issue = (proxy: RunningProxy) =>
  proxy.admin.vaultKeys.create({ name: "t", role: "billing", daily_usd_cap: 100 });

async function charge({ url }: RunningProxy, vaultKey: string, name: string) {
  const answer = await fetch(`${url}/v1/charges`, {
    method: "POST",
    headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": name },
    body: new URLSearchParams({ amount: "100", currency: "usd", source: "tok_visa" }),
  });
  const { id } = (await answer.json()) as { id?: string };
  return { status: answer.status, id, replayed: answer.headers.get("idempotent-replayed") };
}

/** The code of the ProxyError that the start rejects with. */
async function refusal(options: StartProxyOptions): Promise<string | null> {
  const error: unknown = await startProxy(options).then(
    (proxy) => proxy.close(),
    (thrown: unknown) => thrown,
  );
  return isProxyError(error) ? error.code : null;
}

test("on SQLite, with the master key changed: an answer is replayed, an unknown act sent again with its first body", async () => {
  const stripe = await newStripe();
  const folder = await mkdtemp(join(tmpdir(), "keybrake-master-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = join(folder, "books.db");
  const options = { store, stripeUrl: stripe.url };
  const first = await startProxy({ ...options, stripeSecretKey: UPSTREAM_KEY });
  const { vault_key } = await issue(first);
  const known = await charge(first, vault_key, "known");
  expect(known).toMatchObject({ status: 200, replayed: null });
  // Executed, and the answer lost each time the proxy asked.
  await stripe.control.addFault({ operation: "charges.create", kind: "drop_after", times: 20 });
  const lost = await charge(first, vault_key, "lost");
  expect(lost.status).toBe(504);
  await stripe.control.clearFaults();
  await first.close();

  const keyFile = (await readFile(`${store}.key`, "utf8")).trim();
  expect(await refusal({ ...options, masterKey: NEW })).toBe("vault_unreadable");
  expect(await refusal({ ...options, masterKey: NEW, masterKeyBefore: OTHER })).toBe("vault_unreadable");
  const changed = await startProxy({ ...options, masterKey: NEW, masterKeyBefore: keyFile });
  expect(await charge(changed, vault_key, "known")).toMatchObject({ id: known.id, replayed: "true" });
  await changed.close();

  // The old one is of no use any more.
  expect(await refusal(options)).toBe("vault_unreadable");
  await using later = await startProxy({ ...options, masterKey: NEW });
  expect(await charge(later, vault_key, "known")).toMatchObject({ id: known.id, replayed: "true" });
  expect(await charge(later, vault_key, "lost")).toMatchObject({ status: 200 });
  expect((await stripe.control.summary()).charges.created).toBe(2);
  expect((await later.ledger.verify(Date.now())).problems).toEqual([]);
});

test("on Postgres, one proxy after the other: those that still have the old key go on meanwhile", async () => {
  const stripe = await newStripe();
  const store = await server.createDatabase(`master_${databases++}`);
  const options = { store, stripeUrl: stripe.url };
  const old = { ...options, masterKey: OLD };
  // Two that are the first at once have one vault between them.
  const [one, two] = await Promise.all([
    startProxy({ ...old, stripeSecretKey: UPSTREAM_KEY }),
    startProxy({ ...old, stripeSecretKey: UPSTREAM_KEY }),
  ]);
  onTestFinished(async () => void (await Promise.all([one.close(), two.close()])));
  const { vault_key } = await issue(one);
  const may = await charge(one, vault_key, "may");
  expect(await charge(two, vault_key, "may")).toEqual({ ...may, replayed: "true" });

  await one.close();
  const changed = await startProxy({ ...options, masterKey: NEW, masterKeyBefore: OLD });
  onTestFinished(() => changed.close());
  // What either seals, the other opens.
  const june = await charge(two, vault_key, "june");
  expect(await charge(changed, vault_key, "june")).toEqual({ ...june, replayed: "true" });
  const july = await charge(changed, vault_key, "july");
  expect(await charge(two, vault_key, "july")).toEqual({ ...july, replayed: "true" });

  await two.close();
  expect(await refusal(old)).toBe("vault_unreadable");
  expect(await refusal({ ...old, stripeSecretKey: UPSTREAM_KEY })).toBe("vault_unreadable");
  await using last = await startProxy({ ...options, masterKey: NEW });
  expect(await charge(last, vault_key, "may")).toEqual({ ...may, replayed: "true" });
  expect((await stripe.control.summary()).charges.created).toBe(3);
});

test("on Postgres, two that change it to different keys at once: one does, and nothing is half of each", async () => {
  const stripe = await newStripe();
  const store = await server.createDatabase(`master_${databases++}`);
  const options = { store, stripeUrl: stripe.url };
  await (await startProxy({ ...options, masterKey: OLD, stripeSecretKey: UPSTREAM_KEY })).close();
  const started = await Promise.all(
    [NEW, OTHER].map(async (masterKey) => ({
      masterKey,
      code: await refusal({ ...options, masterKey, masterKeyBefore: OLD }),
    })),
  );
  expect(started.map(({ code }) => code).toSorted()).toEqual([null, "vault_unreadable"].toSorted());
  for (const { masterKey, code } of started) expect(await refusal({ ...options, masterKey })).toBe(code);
});
