import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Agents, startAgents } from "./agents.ts";
import { endingOf, leaveRoomFor } from "./books.ts";
import { DATABASE, openReplicas, type ReplicaScene } from "./scene.ts";

/*
 * Three proxies in processes of their own, on one Postgres, and agents that charge one shared budget through all of them
 * without end while the world breaks. The long form, without faults, is `pnpm nightly:replicas`.
 */

const AGENTS = 12;
const LARGE_USD = 1_000_000;
const LEFT = 40;
const HOUR_MS = 3_600_000;
/** A busy machine needs as long to start a process. */
const PATIENCE = { timeout: 60_000, interval: 100 };

let scene: ReplicaScene;
let agents: Agents;
/** What was charged by others than the agents. */
let besides = 0;
beforeAll(async () => {
  scene = await openReplicas(3, LARGE_USD);
  const urls = scene.replicas.map(({ url }) => url);
  agents = startAgents(urls, await scene.issue(AGENTS));
}, 120_000);
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
}, 60_000);

/** The agents go on: so many acts more than now. */
async function goOn(charges = 10): Promise<void> {
  const before = agents.seen.objects.size;
  await expect.poll(() => agents.seen.objects.size, PATIENCE).toBeGreaterThanOrEqual(before + charges);
}

test("a replica that is killed and comes back", { timeout: 120_000 }, async () => {
  await goOn();
  const [first] = scene.replicas;
  await first?.kill();
  // The others are 30 s from taking it for dead: as if they had passed.
  await scene.server.query(DATABASE, "UPDATE owners SET lease_ends_at = clock_timestamp()");
  await first?.start();
  await goOn();
});

test("a Postgres that is killed and comes back, and whoever listens hears on", {
  timeout: 120_000,
}, async () => {
  const stream = await fetch(`${scene.replicas[2]?.url}/admin/audit/stream`, { headers: scene.adminHeaders });
  let heard = "";
  const listening = (async () => {
    for await (const chunk of stream.body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => {});
  await expect.poll(() => heard.length, PATIENCE).toBeGreaterThan(0);
  await scene.server.kill();
  await pause(500);
  await scene.server.start();
  await goOn(30);
  heard = "";
  const charged = () => agents.seen.objects.size;
  const before = charged();
  await expect.poll(charged, PATIENCE).toBeGreaterThan(before + 30);
  // A third of them were answered by the listener's own process.
  const rows = () => heard.split("\n").filter((line) => line.startsWith("data:")).length;
  await expect.poll(rows, PATIENCE).toBeGreaterThan(20);
  void listening;
});

test("a replica that is cut off from Postgres answers 503, moves nothing, and goes on afterwards", {
  timeout: 120_000,
}, async () => {
  const [, second] = scene.replicas;
  second?.relay.cut();
  const key = { authorization: "Bearer vk_test_nobody" };
  await expect
    .poll(async () => (await fetch(`${second?.url}/readyz`, { headers: key })).status, PATIENCE)
    .toBe(503);
  // The others go on.
  await goOn();
  second?.relay.mend();
  await expect.poll(async () => (await fetch(`${second?.url}/readyz`)).status, PATIENCE).toBe(200);
  await goOn();
});

test("a replica with a wrong clock does not start, or frees nothing by it", {
  timeout: 120_000,
}, async () => {
  expect(await scene.startWithClock(-2 * HOUR_MS)).toContain("clock_behind");
  // Minutes are what clocks differ by: ledger time does not go back for one that is behind.
  const { spent } = await scene.admin(0, "/budgets/team");
  expect(await scene.startWithClock(-10 * 60_000)).toBeNull();
  expect((await scene.admin(0, "/budgets/team")).spent).toBeGreaterThanOrEqual(spent);
});

test("a revocation is obeyed by every replica from the moment it returned", { timeout: 60_000 }, async () => {
  const [key] = await scene.issue(1);
  const { id = "", vaultKey = "" } = key ?? {};
  const ask = (replica: number, act: string) =>
    fetch(`${scene.replicas[replica]?.url}/v1/charges`, {
      method: "POST",
      headers: { authorization: `Bearer ${vaultKey}`, "idempotency-key": act },
      body: new URLSearchParams({ amount: "100", currency: "usd", source: "tok_visa" }),
    });
  let sent = 0;
  let isRevoked = false;
  const afterwards: number[] = [];
  const asking = [0, 1, 2].map(async (replica) => {
    for (let more = 8; more > 0; ) {
      const isAfter = isRevoked;
      const { status } = await ask(replica, `revoked-${sent++}`);
      if (isAfter) afterwards.push(status);
      if (isAfter) more--;
    }
  });
  await expect.poll(() => sent, PATIENCE).toBeGreaterThan(12);
  await scene.admin(1, `/vault-keys/${id}/revoke`, {});
  isRevoked = true;
  await Promise.all(asking);
  expect(afterwards).toEqual(Array.from({ length: 24 }, () => 401));
  const { spent } = await scene.admin(2, `/vault-keys/${id}`);
  expect(spent).toBeGreaterThan(0);
  besides += spent;
});

test("a migration of the next version under load: who runs goes on, who starts is told", {
  timeout: 120_000,
}, async () => {
  const errors = () => [...agents.seen.errors.values()].reduce((sum, count) => sum + count, 0);
  const before = errors();
  await scene.server.query(
    DATABASE,
    `BEGIN; SELECT pg_advisory_xact_lock(${0x4b59424b});
     ALTER TABLE calls ADD COLUMN of_the_next_version text;
     CREATE TABLE of_the_next_version (id bigint PRIMARY KEY);
     INSERT INTO keybrake_migrations SELECT max(version) + 1, 'next' FROM keybrake_migrations; COMMIT`,
  );
  await goOn(20);
  expect(errors()).toBe(before);
  expect(await scene.startAnother()).toContain("schema_too_new");
});

test("in the end the cap was met to the cent, every act was charged once, and the books balance", {
  timeout: 120_000,
}, async () => {
  const capUsd = await leaveRoomFor(scene, LEFT);
  await agents.ended;
  expect([...agents.seen.refusals.keys()]).toEqual(["spend_cap_exceeded"]);
  const ending = await endingOf(scene, agents.seen);
  const told = capUsd - besides;
  expect(ending).toEqual({ atStripe: capUsd, posted: capUsd, told, heldUsd: 0, problems: [] });
});
