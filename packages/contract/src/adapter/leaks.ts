import type { World } from "./world.ts";

/** More than any framework's run state has; a bound against walking the whole process. */
const NODES_MAX = 500_000;

/** Every text that can be reached from a value: properties of any kind, maps, sets, errors, sources of functions. */
function* reachableTexts(root: unknown, seen: WeakSet<object>): Generator<string> {
  const queue: unknown[] = [root];
  let nodes = 0;
  for (let value = queue.pop(); nodes < NODES_MAX; value = queue.pop()) {
    nodes += 1;
    if (typeof value === "string") yield value;
    else if ((typeof value === "object" && value !== null) || typeof value === "function") {
      if (!seen.has(value)) {
        seen.add(value);
        if (typeof value === "function") yield Function.prototype.toString.call(value);
        if (value instanceof Map) queue.push(...value.keys(), ...value.values());
        if (value instanceof Set) queue.push(...value);
        for (const name of Reflect.ownKeys(value)) {
          if (typeof name === "string") yield name;
          // Getters are left alone: some compute and store what they give, and looking must change nothing.
          queue.push(Object.getOwnPropertyDescriptor(value, name)?.value);
        }
      }
    }
    if (queue.length === 0) return;
  }
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    // Cyclic: this is not how anybody can write it down.
    return "";
  }
}

/**
 * The names of the secrets that stand where a model, a log or a stored conversation would show them: in what
 * the framework kept, in the proxy's log, in its audit rows, or in what Stripe was sent.
 */
export async function findLeaks(world: World): Promise<string[]> {
  const { stack } = world;
  const secrets = [...world.secrets()].filter(([secret]) => secret !== "");
  const leaks = new Set<string>();
  const search = (text: string, place: string) => {
    for (const [secret, name] of secrets) if (text.includes(secret)) leaks.add(`${name} stands in ${place}`);
  };
  // One memory for all traces: what runs share is looked at once.
  const seen = new WeakSet<object>();
  for (const trace of world.traces) {
    for (const text of reachableTexts(trace, seen)) search(text, "what the framework kept");
  }
  search(jsonOf(world.traces), "what the framework serialises");
  for (const line of stack.logLines) search(line, "the proxy's log");
  search(jsonOf((await stack.control.requests()).data), "what Stripe was sent");
  search(jsonOf(await world.rows()), "the audit log");
  return [...leaks];
}
