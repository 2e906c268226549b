import { afterRestore, settleLoan } from "./protocol.ts";
import { HOUR, lenderTime, MINUTE, type Region, type World } from "./weather.ts";

/** Partitions, crashes, disks that are lost, and the backups that come in their place. */
export function planTrouble(world: World, region: Region): void {
  const { random, events } = world;
  const each = (period: number, begin: () => void): void => {
    const run = (): void => {
      if (world.overAt !== null) return;
      begin();
      events.plan(world.now + period / 2 + random.below(period), run);
    };
    events.plan(random.below(period), run);
  };
  each(20 * HOUR, () => {
    world.seen.partitions += 1;
    region.isCut = true;
    events.plan(world.now + 5 * MINUTE + random.below(3 * HOUR), () => {
      region.isCut = false;
    });
  });
  each(30 * HOUR, () => crash(world, region, false));
  each(50 * HOUR, () => crash(world, region, true));
  each(18 * HOUR, () => {
    if (region.isUp) region.backup = { lease: region.lease, posted: region.book.posted };
  });
}

/** What is durable is there afterwards; or, when the disk is lost, what was there at the backup. */
function crash(world: World, region: Region, losesDisk: boolean): void {
  if (!region.isUp) return;
  const { random, events, seen } = world;
  seen.crashes += 1;
  region.isUp = false;
  const up = (): void => {
    region.isUp = true;
    if (losesDisk) restore(world, region);
  };
  // A restore takes until what was in flight has moved: the look-up sees all of it.
  events.plan(world.now + MINUTE + random.below(20 * MINUTE), up);
}

function restore(world: World, region: Region): void {
  world.seen.restores += 1;
  const lost = region.lease;
  region.life += 1;
  // What was held in the backup was looked up, too; no call of the life before is in flight any more.
  region.book = { held: 0, posted: region.moved };
  if (world.weather.mistake === "goes_on_after_a_restore") {
    region.lease = region.backup.lease;
    region.book = { held: 0, posted: region.backup.posted };
    return;
  }
  region.lease = afterRestore(region.book);
  // A person says hours later that what was lent to the life before is gone.
  const ids = [...lost.slices.map(({ id }) => id), ...lost.reports.map(({ id }) => id)];
  world.events.plan(world.now + 6 * HOUR + world.random.below(12 * HOUR), () => {
    for (const id of ids) {
      const spent = world.lender.loans.get(id)?.granted ?? 0;
      settleLoan(world.lender, { id, spent }, lenderTime(world));
    }
  });
}
