import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdminClient } from "@keybrake/core";
import { startEmulator } from "@keybrake/stripe-emulator";
import { expect, test } from "vitest";
import { startReceiver } from "./alert-receiver.ts";
import { serve } from "./served-proxy.ts";
import { UPSTREAM_KEY } from "./stack.ts";

/*
 * A proxy is killed with SIGKILL while agents spend, again and again: each threshold is one alert all the same, under one
 * id however often it was sent. KEYBRAKE_ALERT_KILLS=50 for the long form.
 */
const KILLS = Number(process.env.KEYBRAKE_ALERT_KILLS ?? 2);
const SPENT_PER_ROUND = 12;

test(`each threshold is told once over ${KILLS} SIGKILLs`, { timeout: 60_000 + KILLS * 10_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-alerts-"));
  await using emulator = await startEmulator({ secretKeys: [UPSTREAM_KEY] });
  await using receiver = await startReceiver();
  const adminKey = "admin-key-of-the-alerts-test";
  const options = {
    store: join(folder, "keybrake.db"),
    stripeUrl: emulator.url,
    credential: UPSTREAM_KEY,
    adminKey,
  };
  const start = () => serve({ ...options, port: 0, flags: ["--alerts-allow-private"] });

  let proxy = await start();
  const admin = createAdminClient({ proxyUrl: proxy.url, adminKey });
  await admin.alerts.create({ url: receiver.url, types: ["budget.threshold"] });
  const cap = (KILLS + 1) * SPENT_PER_ROUND;
  const { vault_key: key } = await admin.vaultKeys.create({
    name: "june",
    role: "billing",
    daily_usd_cap: cap,
  });
  const spend = (round: number, act: number) =>
    fetch(`${proxy.url}/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "idempotency-key": `act-${round}-${act}` },
      body: new URLSearchParams({ amount: "100", currency: "usd", source: "tok_visa" }),
    });
  try {
    for (let round = 0; round <= KILLS; round++) {
      // Half of the kills come before a look, half between a look and what it sends.
      receiver.answer = round % 2 === 0 ? 200 : 503;
      const acts = Array.from({ length: SPENT_PER_ROUND }, (_, act) => act);
      await Promise.all(acts.map((act) => spend(round, act)));
      if (round === KILLS) break;
      await new Promise((resolve) => setTimeout(resolve, (round * 130) % 400));
      await proxy.kill();
      proxy = await start();
    }
    receiver.answer = 200;
    const reached = () => new Set(receiver.received.map(({ body }) => body.data.percent));
    const deadline = performance.now() + 45_000;
    while (reached().size < 3 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const again = createAdminClient({ proxyUrl: proxy.url, adminKey });
    const { data } = await again.alerts.deliveries();
    expect(data).toHaveLength(3);
    const ids = new Map(
      receiver.received.map(({ headers, body }) => [headers["webhook-id"], body.data.percent]),
    );
    expect([...ids.values()].toSorted((a, b) => a - b)).toEqual([50, 80, 100]);
  } finally {
    await proxy.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
