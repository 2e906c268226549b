import { planCalls } from "./calls.ts";
import { planTick } from "./messages.ts";
import { planTrouble } from "./trouble.ts";
import { newWorld, type Outcome, type Weather } from "./weather.ts";

/** One run. The same seed is the same run. */
export function play(weather: Weather): Outcome {
  const world = newWorld(weather);
  planCalls(world);
  for (const region of world.regions) {
    planTick(world, region);
    planTrouble(world, region);
  }
  for (let event = world.events.next(); event !== null; event = world.events.next()) {
    world.now = event.at;
    event.run();
  }
  const { movements, admitted, refused, seen, lender } = world;
  const leftLent = lender.held;
  const { operations } = weather;
  return { movements, operations, admittedLocally: admitted, refused, seen, leftLent };
}
