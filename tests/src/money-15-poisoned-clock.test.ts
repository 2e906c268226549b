import { expect, test } from "vitest";
import { openClockScene } from "./faked-clock.ts";

/*
 * Before: one start with the clock 400 days ahead emptied every window, and afterwards, with the clock right again,
 * nothing ever left a window, every rate stayed used up, and every new key was expired, without a word why.
 */
const DAY = 86_400_000;
/** Starts a process five times. */
const SLOW = { timeout: 120_000 };
const ahead = (wallMs: number) => ({ wallMs, sinceBootMs: 0 });

test("a start with the clock far ahead is refused, named, and harms nothing", SLOW, async () => {
  await using scene = await openClockScene();
  await scene.start();
  const key = await scene.issue({ daily_usd_cap: 1 });
  expect((await scene.charge(key.vault_key, "one")).status).toBe(200);
  await scene.stop();

  await scene.set(ahead(400 * DAY));
  await expect(scene.start()).rejects.toThrow(/clock_ahead.*last entry of the books.*--accept-clock/s);

  await scene.set(ahead(0));
  await scene.start();
  expect((await scene.charge(key.vault_key, "two")).body.error.code).toBe("spend_cap_exceeded");
});

test(
  "books written with the clock ahead: named at the next start, and put right by one that accepts it",
  SLOW,
  async () => {
    await using scene = await openClockScene();
    await scene.start();
    const key = await scene.issue({ daily_usd_cap: 2, rate_per_minute: 100 });
    expect((await scene.charge(key.vault_key, "true-time", 150)).status).toBe(200);
    await scene.stop();

    // Somebody says so although it is wrong: what a proxy without the check did by itself.
    await scene.set(ahead(400 * DAY));
    await scene.start(["--accept-clock"]);
    const late = await scene.issue({ daily_usd_cap: 2 });
    expect((await scene.charge(late.vault_key, "ahead-of-time", 150)).status).toBe(200);
    await scene.control.addFault({ operation: "charges.create", kind: "drop_after", times: 1 });
    expect((await scene.charge(late.vault_key, "lost", 50)).status).toBe(504);
    await scene.stop();

    await scene.set(ahead(0));
    await expect(scene.start()).rejects.toThrow(/clock_behind.*Correct the clock.*--accept-clock/s);
    await scene.start(["--accept-clock"]);
    // A key made under the wrong clock has ended; the others are as they were, and nothing has left a window.
    expect((await scene.charge(late.vault_key, "more")).body.error.code).toBe("vault_key_expired");
    expect((await scene.charge(key.vault_key, "too-much")).body.error.code).toBe("spend_cap_exceeded");
    expect((await scene.charge(key.vault_key, "rest", 50)).status).toBe(200);
    expect((await scene.admin(`/vault-keys/${key.id}`)).body).toMatchObject({ spent: 2, remaining: 0 });
    // How old the lost charge is, nobody can say: it is never sent again by itself.
    const other = await scene.issue();
    expect((await scene.charge(other.vault_key, "lost", 50)).body.error.code).toBe("outcome_unresolved");
    const { data } = (await scene.admin("/audit?limit=100")).body;
    for (const row of data) expect(Date.parse(row.at)).toBeLessThan(Date.now() + DAY);

    // The next start has nothing to say.
    await scene.start();
    expect((await scene.control.summary()).charges.created).toBe(4);
  },
);
