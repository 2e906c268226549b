/* Before, a row that was posted wrong stayed so unseen: nothing ever looked at the vendor's own object again. */
import { expect, test } from "vitest";
import { openAccounts } from "../accounts.ts";
import { createEnvironment } from "../environment.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { VENDORS } from "../proxy.ts";
import { parseRates } from "../rates.ts";
import { startProxy } from "../start-proxy.ts";
import { createUndiciUpstream } from "../upstream/undici-upstream.ts";
import { createReconciler } from "./reconciler.ts";

test("a posted row that Stripe's object contradicts is reported, and stays as it is", async () => {
  await using proxy = await startProxy();
  const { ledger, emulator, admin } = proxy;
  const key = await admin.vaultKeys.create({ name: "june", role: "billing", daily_usd_cap: 100 });
  const answer = await fetch(`${proxy.url}/v1/charges`, {
    method: "POST",
    headers: { authorization: `Bearer ${key.vault_key}`, "idempotency-key": "june" },
    body: new URLSearchParams({ amount: "700", currency: "usd", source: "tok_visa" }),
  });
  const { id } = (await answer.json()) as { id: string };
  const upstream = createUndiciUpstream(emulator.url);
  const lines: string[] = [];
  const reconciler = createReconciler({
    ledger,
    accounts: openAccounts([{ vendor: VENDORS.stripe, upstream, credential: "sk_test_compare" }]),
    rates: parseRates({}),
    environment: createEnvironment({ clock: () => Date.now() + 60 * 60_000 }),
    metrics: createMetrics({ ledger, clock: () => 0 }),
    log: createLog({ destination: { write: (line: string) => void lines.push(line) } }),
  });
  expect(await reconciler.compare()).toEqual([]);
  // Stripe has forgotten it.
  await emulator.reset();
  const [difference] = await reconciler.compare();
  expect(difference).toMatchObject({ call: { objectId: id }, difference: "Stripe has no such object" });
  expect(lines.join("")).toContain("the books and the vendor differ");
  expect((await admin.audit.list()).data[0]).toMatchObject({ state: "posted", usd_cents: 700 });
  await upstream.close();
});
