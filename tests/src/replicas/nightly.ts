/**
 * `pnpm nightly:replicas [agents] [seconds]`: 1,000 agents with keys of their own charge one shared budget for five
 * minutes unless said otherwise, through one replica and then through three, on fresh books each time; then until the cap
 * is met. Prints figures; ends with 1 unless the cap was met to the cent, every act was charged once, the books balance
 * and nobody saw anything but charges and the cap's refusal. Needs a machine that does nothing else.
 */
import { setTimeout as pause } from "node:timers/promises";
import { startAgents } from "./agents.ts";
import { endingOf, leaveRoomFor } from "./books.ts";
import { openReplicas } from "./scene.ts";

const LARGE_USD = 10_000_000;
const agents = Number(process.argv[2] ?? 1_000);
const seconds = Number(process.argv[3] ?? 300);
/** What does not count: connections are made, and sources compiled. */
const WARM_UP_SHARE = 0.1;

/** Charges a second through so many replicas, once everything that must hold was found to. */
async function run(replicas: number): Promise<number> {
  await using scene = await openReplicas(replicas, LARGE_USD);
  const keys = await scene.issue(agents);
  const urls = scene.replicas.map(({ url }) => url);
  const { seen, ended } = startAgents(urls, keys);
  await pause(seconds * 1000 * WARM_UP_SHARE);
  const [before, begun] = [seen.objects.size, performance.now()];
  await pause(seconds * 1000 * (1 - WARM_UP_SHARE));
  const perSecond = (1000 * (seen.objects.size - before)) / (performance.now() - begun);
  const cap = await leaveRoomFor(scene, agents);
  await ended;
  const ending = await endingOf(scene, seen);
  const right = { atStripe: cap, posted: cap, told: cap, heldUsd: 0, problems: [] };
  const refusals = [...seen.refusals.keys()];
  console.log(
    `${replicas} replica(s): ${perSecond.toFixed(0)} charges/s; cap ${cap} USD, charged ${ending.atStripe}`,
  );
  if (
    JSON.stringify(ending) !== JSON.stringify(right) ||
    seen.errors.size > 0 ||
    `${refusals}` !== "spend_cap_exceeded"
  ) {
    console.error({ expected: right, found: ending, refusals, errors: [...seen.errors] });
    process.exitCode = 1;
  }
  return perSecond;
}

console.log(`${agents} agents, one shared budget, ${seconds} s for each number of replicas`);
const one = await run(1);
const three = await run(3);
console.log(`three replicas did ${(three / one).toFixed(2)} of what one did`);
