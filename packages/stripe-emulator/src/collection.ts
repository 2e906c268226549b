import { resourceMissing } from "./errors.ts";

interface Stored {
  readonly id: string;
}

interface Entry<Value> {
  readonly sequence: number;
  readonly value: Value;
  /** Milliseconds since the Unix epoch. */
  readonly addedAt: number;
}

/** Up to when objects show in lists and searches; `get` and `need` see every object at once. */
export interface Horizon {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  listedUntil(): number;
  searchedUntil(): number;
}

/** Which objects a page shows; `index` narrows by equality without a scan, `where` filters while scanning. */
export interface PageRequest<Value> {
  readonly limit: number;
  readonly startingAfter?: string | undefined;
  readonly endingBefore?: string | undefined;
  readonly index?: { readonly name: string; readonly key: string } | undefined;
  readonly where?: ((value: Value) => boolean) | undefined;
}

export interface Page<Value> {
  readonly data: Value[];
  readonly hasMore: boolean;
}

/** First position whose sequence is not below the given one. */
function lowerBound(sequences: readonly number[], sequence: number): number {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sequences[middle] ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Objects of one kind in the order of their creation, found by id in constant time and listed, newest first,
 * by page: the cost of a page is its length, not the collection's, unless a `where` skips a lot.
 */
export class Collection<Value extends Stored> {
  readonly noun: string;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #bySequence = new Map<number, Entry<Value>>();
  readonly #all: number[] = [];
  readonly #indexes = new Map<string, Map<string, number[]>>();
  readonly #keys: Readonly<Record<string, (value: Value) => string | null>>;
  readonly #horizon: Horizon;
  #next = 0;

  /** `keys` gives, for each index, the key of an object or null when the index leaves it out. */
  constructor(
    noun: string,
    horizon: Horizon,
    keys: Readonly<Record<string, (value: Value) => string | null>> = {},
  ) {
    this.noun = noun;
    this.#horizon = horizon;
    this.#keys = keys;
    for (const name of Object.keys(keys)) this.#indexes.set(name, new Map());
  }

  get size(): number {
    return this.#entries.size;
  }

  add(value: Value): void {
    const sequence = this.#next;
    this.#next += 1;
    const entry = { sequence, value, addedAt: this.#horizon.now() };
    this.#entries.set(value.id, entry);
    this.#bySequence.set(sequence, entry);
    this.#all.push(sequence);
    for (const name of Object.keys(this.#keys)) this.#link(name, this.#keyOf(name, value), sequence);
  }

  get(id: string): Value | undefined {
    return this.#entries.get(id)?.value;
  }

  /** The object, or `resource_missing`; `param` is `id` when the URL named it. */
  need(id: string, param: string): Value {
    return this.get(id) ?? this.missing(id, param);
  }

  missing(id: string, param: string): never {
    throw resourceMissing({ noun: this.noun, id, param });
  }

  /** Changes an object in place and keeps the indexes right. */
  update(value: Value, change: (value: Value) => void): void {
    const entry = this.#entries.get(value.id);
    if (entry === undefined) return;
    const names = Object.keys(this.#keys);
    const before = names.map((name) => this.#keyOf(name, value));
    change(value);
    for (const [position, name] of names.entries()) {
      const was = before[position] ?? null;
      const is = this.#keyOf(name, value);
      if (was === is) continue;
      this.#unlink(name, was, entry.sequence);
      this.#link(name, is, entry.sequence);
    }
  }

  /** Forgets an object: it is neither found nor listed any more. */
  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#bySequence.delete(entry.sequence);
    this.#all.splice(lowerBound(this.#all, entry.sequence), 1);
    for (const name of Object.keys(this.#keys)) {
      this.#unlink(name, this.#keyOf(name, entry.value), entry.sequence);
    }
  }

  /** Forgets the oldest objects until at most `count` are left. */
  keepNewest(count: number): void {
    while (this.#entries.size > count) {
      const [oldest] = this.#entries.keys();
      if (oldest === undefined) return;
      this.delete(oldest);
    }
  }

  /** Every object, oldest first, whatever lists show of them. */
  *values(): Generator<Value> {
    for (const { value } of this.#entries.values()) yield value;
  }

  /** Every object with a key of an index, oldest first, whatever lists show of them. */
  withKey(name: string, key: string): Value[] {
    const sequences = this.#indexes.get(name)?.get(key) ?? [];
    return sequences.flatMap((sequence) => this.#bySequence.get(sequence)?.value ?? []);
  }

  /** What a search finds: newest first, from an offset. */
  search(request: {
    readonly limit: number;
    readonly offset: number;
    readonly where: (value: Value) => boolean;
  }): Page<Value> {
    const until = this.#horizon.searchedUntil();
    const found: Value[] = [];
    for (let position = this.#all.length - 1; position >= 0; position -= 1) {
      const entry = this.#bySequence.get(this.#all[position] ?? -1);
      if (entry === undefined || entry.addedAt > until || !request.where(entry.value)) continue;
      found.push(entry.value);
      if (found.length > request.offset + request.limit) break;
    }
    const data = found.slice(request.offset, request.offset + request.limit);
    return { data, hasMore: found.length > request.offset + request.limit };
  }

  /** Newest first. 400 `resource_missing` when a cursor names no object. */
  page(request: PageRequest<Value>): Page<Value> {
    const { index } = request;
    const sequences = index === undefined ? this.#all : (this.#indexes.get(index.name)?.get(index.key) ?? []);
    if (request.endingBefore !== undefined) {
      const cursor = this.#cursor(request.endingBefore, "ending_before");
      const found = this.#scan(sequences, lowerBound(sequences, cursor + 1), 1, request);
      return { data: found.data.reverse(), hasMore: found.hasMore };
    }
    const end =
      request.startingAfter === undefined
        ? sequences.length
        : lowerBound(sequences, this.#cursor(request.startingAfter, "starting_after"));
    return this.#scan(sequences, end - 1, -1, request);
  }

  #scan(sequences: readonly number[], from: number, step: 1 | -1, request: PageRequest<Value>): Page<Value> {
    const data: Value[] = [];
    const until = this.#horizon.listedUntil();
    for (let position = from; position >= 0 && position < sequences.length; position += step) {
      const entry = this.#bySequence.get(sequences[position] ?? -1);
      if (entry === undefined || entry.addedAt > until) continue;
      if (request.where?.(entry.value) === false) continue;
      if (data.length === request.limit) return { data, hasMore: true };
      data.push(entry.value);
    }
    return { data, hasMore: false };
  }

  #cursor(id: string, param: string): number {
    return this.#entries.get(id)?.sequence ?? this.missing(id, param);
  }

  #keyOf(name: string, value: Value): string | null {
    return this.#keys[name]?.(value) ?? null;
  }

  #link(name: string, key: string | null, sequence: number): void {
    const index = this.#indexes.get(name);
    if (key === null || index === undefined) return;
    const sequences = index.get(key);
    if (sequences === undefined) index.set(key, [sequence]);
    else sequences.splice(lowerBound(sequences, sequence), 0, sequence);
  }

  #unlink(name: string, key: string | null, sequence: number): void {
    const sequences = key === null ? undefined : this.#indexes.get(name)?.get(key);
    if (sequences === undefined) return;
    const position = lowerBound(sequences, sequence);
    if (sequences[position] === sequence) sequences.splice(position, 1);
  }
}
