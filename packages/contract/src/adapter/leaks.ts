import { inspect } from "node:util";
import type { World } from "./world.ts";

/** A value as text in every way in which frameworks and loggers turn one into text. */
function textsOf(value: unknown): string[] {
  const texts = [inspect(value, { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null })];
  try {
    texts.push(JSON.stringify(value) ?? "");
  } catch {
    // Cyclic: JSON is not how anybody can write it down.
  }
  if (value instanceof Error) texts.push(String(value.stack));
  return texts;
}

/**
 * The names of the secrets that stand where a model, a log or a stored conversation would show them: in what
 * the framework kept, in the proxy's log, or in what Stripe was sent (beside the proxy's own credential).
 */
export async function findLeaks(world: World): Promise<string[]> {
  const { stack } = world;
  const places = new Map<string, string>();
  world.traces.forEach((trace, index) => {
    for (const text of textsOf(trace)) places.set(`${places.size}: trace ${index} of the framework`, text);
  });
  places.set("the proxy's log", stack.logLines.join("\n"));
  const { data } = await stack.control.requests();
  places.set("requests to Stripe", JSON.stringify(data));
  places.set("the audit log", JSON.stringify(await world.rows()));
  const leaks: string[] = [];
  for (const [secret, name] of world.secrets()) {
    for (const [place, text] of places) {
      if (text.includes(secret)) leaks.push(`${name} stands in ${place}`);
    }
  }
  return leaks;
}
