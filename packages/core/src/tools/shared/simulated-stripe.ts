import { LIMITS } from "../../limits.ts";
import type { FormParams } from "../../wire/form.ts";

/** An object of the simulation, in Stripe's shape. */
export type MockObject = Readonly<Record<string, unknown>> & { readonly id: string };

/** What the proxy would have answered. */
export interface SimulatedAnswer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

export function simulatedOk(body: Readonly<Record<string, unknown>>): SimulatedAnswer {
  return { status: 200, replayed: false, body };
}

/** An error of Stripe's. `code` is null where Stripe gives none. */
export function simulatedRefusal(code: string | null, message: string): SimulatedAnswer {
  const error = { type: "invalid_request_error", ...(code === null ? {} : { code }), message };
  return { status: 400, replayed: false, body: { error } };
}

/**
 * 106 bits that look random, from a text (cyrb53 of Bryc, twice). Names mock objects and nothing else; it
 * is synchronous, which WebCrypto is not, and that counts in the loop of an optimizer.
 */
function mockDigest(text: string): string {
  const half = (seed: number): string => {
    let high = 0xdeadbeef ^ seed;
    let low = 0x41c6ce57 ^ seed;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
    high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
    low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
    return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16).padStart(14, "0");
  };
  return half(0) + half(1);
}

/** Keeps the newest, as many as a run remembers. */
function remember(objects: Map<string, MockObject>, object: MockObject): void {
  objects.set(object.id, object);
  if (objects.size <= LIMITS.actsRemembered) return;
  const [oldest] = objects.keys();
  if (oldest !== undefined) objects.delete(oldest);
}

/**
 * A Stripe of one run's own, in memory, without any network: what the tools' simulated answers are made from. The same
 * act gives the same id in every run (`ch_mock_…`, `pi_mock_…`, `re_mock_…`), and its repetition is a replay. Knows no
 * tool and no kind of object.
 */
export class SimulatedStripe {
  readonly #made = new Map<string, MockObject>();
  /** Objects that were asked for and changed but not made here: plausible, and in no list. */
  readonly #foreign = new Map<string, MockObject>();

  find(id: string): MockObject | undefined {
    return this.#made.get(id) ?? this.#foreign.get(id);
  }

  /** Every object that was made here of this kind (`charge` …), oldest first. */
  made(kind: string): MockObject[] {
    return [...this.#made.values()].filter(({ object }) => object === kind);
  }

  /** Makes it, unless an object of this id was made before. */
  make(object: MockObject): MockObject {
    const known = this.#made.get(object.id);
    if (known === undefined) remember(this.#made, object);
    return known ?? object;
  }

  /** Replaces an object, made here or not. */
  change(object: MockObject): void {
    if (this.#made.has(object.id)) this.#made.set(object.id, object);
    else remember(this.#foreign, object);
  }

  /** Carries an act out under the id that belongs to it; when that was done before, its object is the answer. */
  once(prefix: string, act: string, carryOut: (id: string) => SimulatedAnswer): SimulatedAnswer {
    const id = `${prefix}_mock_${mockDigest(act)}`;
    const made = this.#made.get(id);
    return made === undefined ? carryOut(id) : { ...simulatedOk(made), replayed: true };
  }

  /** A page of what was made here, newest first, as Stripe's lists are. */
  list(kind: string, params: FormParams, wanted: (made: MockObject) => boolean): SimulatedAnswer {
    const all = this.made(kind).filter(wanted).reverse();
    const after = params.starting_after;
    const from = typeof after === "string" ? all.findIndex((made) => made.id === after) + 1 : 0;
    const data = all.slice(from, from + Number(params.limit ?? LIMITS.listDefault));
    return simulatedOk({ object: "list", data, has_more: from + data.length < all.length });
  }
}
