import { setTimeout as pass } from "node:timers/promises";
import { expect, test } from "vitest";
import { type ClockScene, openClockScene } from "./faked-clock.ts";

/*
 * Before: time that the machine slept had not passed for the proxy. After 25 hours of sleep an expired key charged,
 * and a charge whose answer was lost counted as young enough to be sent again, though Stripe had forgotten its key by
 * then: two charges.
 *
 * Real processes, whose clocks are shifted under them. What ends (a key, the right to send again) follows the clock
 * that ends it first; what frees (a window) the one that frees nothing early.
 */
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function openStarted(): Promise<ClockScene> {
  const scene = await openClockScene();
  await scene.start();
  return scene;
}

async function chargeAndLoseTheAnswer(scene: ClockScene, vaultKey: string, name: string): Promise<void> {
  await scene.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
  expect((await scene.charge(vaultKey, name)).status).toBe(504);
}

const created = async (scene: ClockScene) => (await scene.control.summary()).charges.created;

test.each([
  ["a sleep of 25 hours", { wallMs: DAY + HOUR, sinceBootMs: DAY + HOUR }],
  ["25 hours that only the wall clock noticed", { wallMs: DAY + HOUR, sinceBootMs: 0 }],
])("after %s no lost charge is sent again, and a key of an hour has expired", async (_name, shift) => {
  await using scene = await openStarted();
  const key = await scene.issue();
  const short = await scene.issue({ expires_in_seconds: 3600 });
  expect((await scene.charge(short.vault_key, "one")).status).toBe(200);
  await chargeAndLoseTheAnswer(scene, key.vault_key, "june");
  await scene.set(shift);
  await scene.control.advance(DAY + HOUR);
  const again = await scene.charge(key.vault_key, "june");
  expect(again.body.error?.code).toBe("outcome_unresolved");
  expect((await scene.charge(short.vault_key, "two")).body.error?.code).toBe("vault_key_expired");
  expect((await scene.admin(`/vault-keys/${short.id}`)).body.status).toBe("expired");
  expect(await created(scene)).toBe(2);
  // One that is made now lives its hour.
  const next = await scene.issue({ expires_in_seconds: 3600 });
  expect((await scene.charge(next.vault_key, "three")).status).toBe(200);
});

test("after a sleep, what slept out of its window is free, and a lost answer is sent again as ever", async () => {
  await using scene = await openStarted();
  const key = await scene.issue({ daily_usd_cap: 1 });
  expect((await scene.charge(key.vault_key, "monday")).status).toBe(200);
  expect((await scene.charge(key.vault_key, "monday-too")).body.error.code).toBe("spend_cap_exceeded");
  await scene.set({ wallMs: DAY + HOUR, sinceBootMs: DAY + HOUR });
  // The proxy asks for the time since boot once a second.
  await pass(1_100);
  await chargeAndLoseTheAnswer(scene, key.vault_key, "tuesday");
  expect((await scene.charge(key.vault_key, "tuesday")).status).toBe(200);
  expect(await created(scene)).toBe(2);
});

test("a clock that is set, far or by a leap second, ahead or back, frees no window and no rate", {
  timeout: 60_000,
}, async () => {
  await using scene = await openStarted();
  for (const wallMs of [1_000, -1_000, DAY + HOUR, -DAY - HOUR]) {
    await scene.set({ wallMs: 0, sinceBootMs: 0 });
    const capped = await scene.issue({ daily_usd_cap: 1 });
    const rated = await scene.issue({ rate_per_minute: 1 });
    expect((await scene.charge(capped.vault_key, `capped-1 ${wallMs}`)).status).toBe(200);
    expect((await scene.charge(rated.vault_key, `rated-1 ${wallMs}`)).status).toBe(200);
    await scene.set({ wallMs, sinceBootMs: 0 });
    await pass(1_100);
    const more = await scene.charge(capped.vault_key, `capped-2 ${wallMs}`);
    expect(more.body.error?.code, `${wallMs}`).toBe("spend_cap_exceeded");
    const sooner = await scene.charge(rated.vault_key, `rated-2 ${wallMs}`);
    expect(sooner.body.error?.code, `${wallMs}`).toBe("rate_limited");
  }
});

test("a clock that is set back makes neither a key nor the right to send again last longer", async () => {
  await using scene = await openStarted();
  const short = await scene.issue({ expires_in_seconds: 60 });
  const long = await scene.issue();
  await chargeAndLoseTheAnswer(scene, long.vault_key, "june");
  await scene.set({ wallMs: -HOUR, sinceBootMs: 0 });
  // Asleep: both clocks go on, the one that was set back from where it stands.
  await scene.set({ wallMs: 24 * HOUR, sinceBootMs: 25 * HOUR });
  await scene.control.advance(25 * HOUR);
  expect((await scene.charge(short.vault_key, "late")).body.error.code).toBe("vault_key_expired");
  expect((await scene.charge(long.vault_key, "june")).body.error?.code).toBe("outcome_unresolved");
  expect(await created(scene)).toBe(1);
});
