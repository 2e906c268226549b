import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startProxy } from "./start-proxy.ts";

const DAY_MS = 24 * 3_600_000;
const STRIPE_KEY = "sk_test_keybrake0prune0credential";

test("a start with keepDays removes what is older and moved nothing, and keeps the rest", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keybrake-prune-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const local = await startProxy();
  onTestFinished(() => local.close());
  const stripeUrl = local.emulator.url;
  const common = { store: join(folder, "books.db"), stripeUrl, stripeSecretKey: STRIPE_KEY };
  const at = (days: number) => ({ environment: { clock: () => Date.now() + days * DAY_MS } });
  const call = (url: string, vaultKey: string, init: RequestInit = {}) =>
    fetch(`${url}/v1/charges`, {
      ...init,
      headers: { authorization: `Bearer ${vaultKey}`, ...init.headers },
    });

  const first = await startProxy(common);
  const policy = { name: "june", allowed_operations: ["charges.*"], daily_usd_cap: 50 };
  const { vault_key } = await first.admin.vaultKeys.create({ ...policy, expires_in_seconds: 30 * 86_400 });
  for (let index = 0; index < 3; index++) expect((await call(first.url, vault_key)).status).toBe(200);
  const form = {
    method: "POST",
    body: new URLSearchParams({ amount: "100", currency: "usd", source: "tok_visa" }),
    headers: { "idempotency-key": "one" },
  };
  expect((await call(first.url, vault_key, form)).status).toBe(200);
  await first.close();

  const second = await startProxy({ ...common, ...at(3) });
  expect((await call(second.url, vault_key)).status).toBe(200);
  await second.close();

  await using third = await startProxy({ ...common, ...at(3), keepDays: 2 });
  const operations = async () => (await third.admin.audit.list()).data.map(({ operation }) => operation);
  await expect.poll(operations).toEqual(["charges.list", "charges.create"]);
  // What was charged is not charged again.
  const again = await call(third.url, vault_key, form);
  expect(again.status).toBe(400);
  expect(await again.json()).toMatchObject({ error: { code: "outcome_unresolved" } });
  expect((await third.ledger.verify(Date.now())).problems).toEqual([]);
});

test.each([1, 0, -5, 2.5, Number.NaN])(
  "keepDays %d is refused before anything is opened",
  async (keepDays) => {
    await expect(startProxy({ keepDays, stripeSecretKey: STRIPE_KEY })).rejects.toMatchObject({
      code: "store_invalid",
    });
  },
);
