import * as protocol from "./protocol.ts";
import {
  AMOUNT_MAX,
  HOUR,
  lenderTime,
  MINUTE,
  OPERATIONS_A_WINDOW,
  REGIONS,
  type Region,
  SECOND,
  WINDOW_MS,
  type World,
} from "./weather.ts";

/** Agents that ask, one after the other, until there were as many as wanted. */
export function planCalls(world: World): void {
  const gap = (2 * WINDOW_MS) / OPERATIONS_A_WINDOW;
  let left = world.weather.operations;
  const next = (): void => {
    left -= 1;
    if (left < 0) {
      end(world);
      return;
    }
    // One in ten is the lender's own.
    const at = world.random.below(10);
    const region = world.regions[at % REGIONS];
    const amount = 1 + world.random.below(AMOUNT_MAX);
    if (at === 9) callAtLender(world, amount);
    else if (region !== undefined) callAt(world, region, amount);
    world.events.plan(world.now + world.random.below(Math.floor(gap)), next);
  };
  next();
}

function callAt(world: World, region: Region, amount: number): void {
  const right = protocol.rightOf(region.lease, region.book);
  if (!region.isUp || amount > right) {
    world.refused += 1;
    return;
  }
  world.admitted += 1;
  region.book = { ...region.book, held: region.book.held + amount };
  region.inFlight += 1;
  const { life } = region;
  forward(
    world,
    amount,
    (moved) => {
      region.inFlight -= 1;
      // The books of this call are gone; what it moved was looked up.
      if (region.life !== life) return;
      const { held, posted } = region.book;
      region.book = { held: held - amount, posted: posted + moved };
    },
    region,
  );
}

function callAtLender(world: World, amount: number): void {
  protocol.expire(world.lender, lenderTime(world));
  if (amount > protocol.roomOf(world.lender)) {
    world.refused += 1;
    return;
  }
  world.admitted += 1;
  world.lender.held += amount;
  forward(world, amount, (moved) => {
    protocol.settle(world.lender, { held: amount, amount: moved, now: lenderTime(world) });
  });
}

/** The vendor moves the money or does not; of some answers nothing is heard until somebody has looked. */
function forward(world: World, amount: number, settle: (moved: number) => void, region?: Region): void {
  const { random, events } = world;
  const moved = random.onceIn(20) ? 0 : amount;
  const movesAt = world.now + random.below(3 * SECOND);
  const heardAfter = random.onceIn(20) ? 10 * MINUTE + random.below(HOUR) : random.below(3 * SECOND);
  events.plan(movesAt, () => {
    if (moved === 0) return;
    world.movements.push({ at: world.now, amount: moved });
    if (region !== undefined) region.moved += moved;
  });
  const hear = (): void => {
    // Who is down hears of it when it is up again, by looking.
    if (region !== undefined && !region.isUp) events.plan(world.now + MINUTE, hear);
    else settle(moved);
  };
  events.plan(movesAt + heardAfter, hear);
}

/** No more calls; partitions heal, and everything goes home. */
function end(world: World): void {
  world.overAt = world.now;
  for (const region of world.regions) region.isCut = false;
}
