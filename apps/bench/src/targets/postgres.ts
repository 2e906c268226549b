import { startPostgres } from "@keybrake/contract/postgres";
import { adminOfKeybrake, OWN_CHECKOUT, readLane, serveKeybrake, writeLane } from "./keybrake.ts";
import type { Surroundings, Target } from "./target.ts";

const NAME = "postgres";

/** Nearer to a server that somebody runs than the small one of the tests: statistics are kept, and pages. */
const SETTINGS = { autovacuum: "on", autovacuum_naptime: "5s", shared_buffers: "256MB" };

/**
 * This checkout on a real Postgres with durable commits, which runs anywhere on the machine: it is the proxy that is
 * measured and pinned.
 */
export async function startOnPostgres(surroundings: Surroundings): Promise<Target> {
  const postgres = await startPostgres({ isDurable: true, settings: SETTINGS });
  await using started = new AsyncDisposableStack();
  started.defer(() => postgres.dispose());
  const store = await postgres.createDatabase("bench");
  const server = started.use(
    await serveKeybrake({ ...surroundings, checkout: OWN_CHECKOUT, name: NAME, store }),
  );
  const admin = adminOfKeybrake(server);
  const lanes = [await writeLane(`${NAME} write`, admin, 1), await readLane(`${NAME} read`, admin)];
  const running = started.move();
  return {
    ...server,
    name: NAME,
    lanes,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
