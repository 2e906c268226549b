import { type LocalProxy, startProxy } from "@keybrake/proxy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runHere } from "./test-support.ts";
import type { CheckResult } from "./verify/check.ts";

let proxy: LocalProxy;
beforeAll(async () => {
  proxy = await startProxy();
});
afterAll(() => proxy.close());

const NOW = Date.now();

async function doctor(changes: { readonly now?: number; readonly adminKey?: string } = {}) {
  const { now = NOW, adminKey = proxy.adminKey } = changes;
  const env = { KEYBRAKE_PROXY_URL: proxy.url, KEYBRAKE_ADMIN_KEY: adminKey };
  const { code, stdout } = await runHere(["doctor", "--json"], { env, clock: () => now });
  const { data } = JSON.parse(stdout) as { data: readonly CheckResult[] };
  const failed = data.filter(({ result }) => result === "failed");
  return { code, failed: Object.fromEntries(failed.map(({ name, detail }) => [name, detail])) };
}

async function charge(key: string, amount: number): Promise<number> {
  const response = await fetch(`${proxy.url}/v1/charges`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: new URLSearchParams({ amount: String(amount), currency: "usd", source: "tok_visa" }),
  });
  return response.status;
}

describe("doctor", () => {
  test("a proxy that is well has nothing to show", async () => {
    const { stdout, stderr, code } = await runHere(["doctor"], {
      env: { KEYBRAKE_PROXY_URL: proxy.url, KEYBRAKE_ADMIN_KEY: proxy.adminKey },
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/\n10 passed, 0 failed\.\n$/);
  });

  test("another time and another admin key are told, and the rest is not asked then", async () => {
    // An hour ahead, keys in use would seem to end, too: there are none as yet.
    expect(await doctor({ now: NOW + 3_600_000 })).toEqual({
      code: 1,
      failed: { "its clock is this machine's": expect.stringMatching(/^they differ by 3[56]\d\d s$/) },
    });
    const { code, failed } = await doctor({ adminKey: "of-another-proxy-0123456789" });
    expect([code, Object.keys(failed)]).toEqual([1, ["the admin key opens the admin API"]]);
  });

  test("money that nobody has settled, caps, ends, stops and people who are waited for", async () => {
    const { admin } = proxy;
    await admin.budgets.create({ name: "team", daily_usd_cap: 20 });
    const june = await admin.vaultKeys.create({
      ...{ name: "june", role: "billing", daily_usd_cap: 10, budget: "team", expires_in_seconds: 1800 },
    });
    const big = await admin.vaultKeys.create({
      ...{ name: "big", role: "billing", daily_usd_cap: 500, budget: "team" },
    });
    const asking = await admin.vaultKeys.create({
      ...{ name: "asking", role: "billing", daily_usd_cap: 500, approval: { above_usd: 50 } },
    });
    expect(await charge(june.vault_key, 900)).toBe(200);
    await proxy.emulator.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
    expect(await charge(big.vault_key, 900)).toBe(504);
    expect(await charge(asking.vault_key, 6000)).toBe(403);
    const paused = await admin.vaultKeys.create({ name: "idle", role: "audit", daily_usd_cap: 0 });
    await admin.vaultKeys.pause(paused.id);
    const stop = await admin.stops.create({ agent: "nobody" });

    const { code, failed } = await doctor();
    expect(code).toBe(1);
    expect(failed).toEqual({
      "no key in use ends within the hour": `1 will be refused soon: june (${june.id})`,
      "no key has used nine tenths of its cap": `1 nearly used up (keybrake keys set): june (${june.id})`,
      "no shared budget is nearly used up": "1 with a tenth or less left (keybrake budgets set): team",
      "nothing is stopped or paused": `2 (keybrake stops, keybrake keys resume): ${stop.id}, idle (${paused.id})`,
      "nobody waits for a person": expect.stringMatching(/^1 asked for \(keybrake approvals\): \w+$/),
    });
    const unsettled = (await doctor({ now: NOW + 20 * 60_000 })).failed[
      "no call has an unknown outcome for long"
    ];
    expect(unsettled).toMatch(/^1 hold \$9\.00 \(keybrake reconcile, keybrake calls settle\): call_\w+$/);
  });
});
