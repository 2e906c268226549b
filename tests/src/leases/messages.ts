import * as protocol from "./protocol.ts";
import { HOUR, lenderTime, MINUTE, type Region, SECOND, WINDOW_MS, type World } from "./weather.ts";

/** What a region does by itself, every minute or so, and what the lender answers. */
export function planTick(world: World, region: Region): void {
  const tick = (): void => {
    if (region.isUp) act(world, region);
    if (!isQuiet(world)) world.events.plan(world.now + 5 * SECOND + world.random.below(MINUTE), tick);
  };
  world.events.plan(world.random.below(MINUTE), tick);
}

function act(world: World, region: Region): void {
  const { slice, weather } = world;
  const isOver = world.overAt !== null;
  region.lease = protocol.closeSpent(region.lease, region.book);
  const isBlind = weather.mistake === "gives_back_what_is_held";
  const shown = isBlind ? { ...region.book, held: 0 } : region.book;
  const given = protocol.giveBack(region.lease, shown, isOver || isBlind ? 0 : 2 * slice);
  if (given !== region.lease) world.seen.givenBack += 1;
  region.lease = given;
  if (!isOver && protocol.wantsSlice(region.lease, region.book, slice)) {
    region.lease = protocol.withAsked(region.lease, `${region.index}.${region.life}.${region.asked++}`);
  }
  for (const { id, granted } of region.lease.slices) {
    if (granted === null) send(world, region, () => answer(world, region, id));
  }
  const sentAt = world.now + region.clockOffset;
  for (const report of region.lease.reports) send(world, region, () => hear(world, region, report, sentAt));
}

function answer(world: World, region: Region, id: string): void {
  takeBackUnheard(world);
  protocol.expire(world.lender, lenderTime(world));
  const granted = protocol.lend(world.lender, id, world.slice);
  world.heardOf.set(id, world.now);
  send(world, region, () => {
    if (!region.isUp) return;
    const isTwice = world.weather.mistake === "counts_a_grant_twice";
    const isKnown = region.lease.slices.every((slice) => slice.id !== id || slice.granted !== null);
    if (isKnown && !isTwice) world.seen.late += 1;
    if (!isKnown && granted > 0) world.seen.slices += 1;
    if (isKnown && isTwice && granted > 0) {
      region.lease = { ...region.lease, closed: region.lease.closed + granted };
    }
    region.lease = protocol.withAnswered(region.lease, id, granted);
  });
}

function hear(world: World, region: Region, report: protocol.Report, sentAt: number): void {
  const { mistake } = world.weather;
  // Of a region that keeps its own time of day.
  const at = mistake === "dates_by_the_region" ? sentAt - 8 * HOUR : lenderTime(world);
  if (mistake === "settles_twice" && world.lender.loans.get(report.id)?.isSettled) {
    world.lender.held = Math.max(0, world.lender.held - report.spent);
  }
  protocol.settleLoan(world.lender, report, at);
  if (mistake === "dates_by_the_region") world.lender.postings.sort((one, other) => one.at - other.at);
  send(world, region, () => {
    if (region.isUp) region.lease = protocol.withAcknowledged(region.lease, report.id);
  });
}

function takeBackUnheard(world: World): void {
  if (world.weather.mistake !== "takes_back_unheard") return;
  for (const [id, { granted, isSettled }] of world.lender.loans) {
    if (isSettled || world.now - (world.heardOf.get(id) ?? 0) < HOUR) continue;
    protocol.settleLoan(world.lender, { id, spent: 0 }, lenderTime(world));
    world.seen.late += granted > 0 ? 1 : 0;
  }
}

/** Late, lost, twice (the second hours later), in any order; not at all while the region is cut off. */
function send(world: World, region: Region, deliver: () => void): void {
  const { random, events, seen } = world;
  const arrive = (): void => {
    if (!region.isCut) deliver();
  };
  if (region.isCut || random.onceIn(20)) seen.losses += 1;
  else events.plan(world.now + 10 + random.below(2 * SECOND), arrive);
  if (!random.onceIn(20)) return;
  seen.duplicates += 1;
  events.plan(world.now + random.below(6 * HOUR), arrive);
}

/** Everything has gone home; or, of what is built with a mistake, would have long ago. */
function isQuiet({ overAt, now, regions }: World): boolean {
  if (overAt === null) return false;
  const isHome = regions.every(
    ({ isUp, isCut, lease, inFlight }) =>
      isUp && !isCut && inFlight === 0 && lease.slices.length === 0 && lease.reports.length === 0,
  );
  return isHome || now > overAt + 2 * WINDOW_MS;
}
