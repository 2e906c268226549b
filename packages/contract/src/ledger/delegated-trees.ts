import type { Delegation, Ledger, NewVaultKey } from "@keybrake/ledger";
import { admission, daily, facts, hashOf, START, settlement, vaultKey, voided } from "./fixtures.ts";

/*
 * Random trees of keys that keys make, against the books: what each of them may still spend and whether it may be used at all is
 * worked out once more here, from the line above it alone. Many are played at once in one store, so that its transactions
 * serve many trees.
 */

/** What a tree's key is, as the rules see it and no store: its line is found by its parent. */
interface TreeKey {
  readonly id: string;
  readonly parent: TreeKey | null;
  readonly depth: number;
  readonly capMicros: number;
  readonly expiresAt: number;
  revoked: boolean;
  paused: boolean;
  heldMicros: number;
  postedMicros: number;
}

interface TreeCall {
  readonly callId: string;
  readonly micros: number;
  readonly line: readonly TreeKey[];
}

/** Seen of the trees that were played: each must have been met, or they prove nothing. */
export type TreeTally = Map<string, number>;

const STEPS = 9;
const DEPTH_MAX = 3;
/** When some keys end, by the clock that a call brings; ledger time stands still. */
const EARLY = START + 10;
const LATE = START + 1_000_000;

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

function lineOf(key: TreeKey): TreeKey[] {
  return key.parent === null ? [key] : [key, ...lineOf(key.parent)];
}

/** Why a key may not be used at a moment. */
function endOf(line: readonly TreeKey[], moment: number): string | null {
  if (line.some(({ revoked }) => revoked)) return "vault_key_revoked";
  if (moment >= (line[0]?.expiresAt ?? 0)) return "vault_key_expired";
  return line.some(({ paused }) => paused) ? "vault_key_paused" : null;
}

function hasRoom(line: readonly TreeKey[], micros: number): boolean {
  return line.every((key) => key.heldMicros + key.postedMicros + micros <= key.capMicros);
}

class Tree {
  readonly #ledger: Ledger;
  readonly #seed: number;
  readonly #random: (below: number) => number;
  readonly #tally: TreeTally;
  readonly keys: TreeKey[] = [];
  readonly #open: TreeCall[] = [];
  #calls = 0;

  constructor(ledger: Ledger, seed: number, tally: TreeTally) {
    this.#ledger = ledger;
    this.#seed = seed;
    this.#tally = tally;
    this.#random = randomOf(seed);
  }

  /** Throws, naming the seed, when the books and the rules disagree. */
  async play(): Promise<void> {
    const root = this.#newKey(null);
    await this.#ledger.createVaultKey(this.#asked(root));
    this.keys.push(root);
    for (let step = 0; step < STEPS; step++) await this.#step();
    await this.#compare();
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random(items.length)] as T;
  }

  #newKey(parent: TreeKey | null): TreeKey {
    return {
      ...{ id: `t${this.#seed}k${this.keys.length}`, parent, depth: parent === null ? 0 : parent.depth + 1 },
      // Of a key below it may be more than of one above: that one's holds all the same.
      ...{ capMicros: this.#pick([0, 2, 3, 5, 8]), expiresAt: this.#pick([EARLY, LATE, LATE]) },
      ...{ revoked: false, paused: false, heldMicros: 0, postedMicros: 0 },
    };
  }

  #asked({ id, parent, capMicros, expiresAt }: TreeKey): NewVaultKey {
    const line = parent === null ? [] : lineOf(parent);
    const of = { parentId: parent?.id ?? null, rootId: line.at(-1)?.id ?? null };
    return vaultKey(id, { ownBudget: daily(capMicros), expiresAt, labels: {}, policy: null, ...of });
  }

  async #step(): Promise<void> {
    const key = this.#pick(this.keys);
    const at = this.#random(4);
    const choice = this.#random(20);
    if (choice < 6) return this.#delegate(key, at);
    if (choice < 14) return this.#charge(key, at);
    if (choice < 17) return this.#settle();
    if (choice === 17) {
      await this.#ledger.revokeVaultKey(key.id, START);
      key.revoked = true;
      return;
    }
    key.paused = choice === 18;
    await (key.paused ? this.#ledger.pauseVaultKey(key.id, START) : this.#ledger.resumeVaultKey(key.id));
  }

  async #delegate(parent: TreeKey, at: number): Promise<void> {
    const child = this.#newKey(parent);
    const moment = at === 0 ? EARLY : START;
    const user = { facts: facts("mint", { vaultKeyId: parent.id }), keyHash: hashOf(parent.id) };
    const asked: Delegation = { key: this.#asked(child), user, keysMax: 100, deadlineTime: moment };
    const ended = endOf(lineOf(parent), moment);
    const expected =
      ended ??
      (child.expiresAt > parent.expiresAt
        ? "expires_later"
        : child.depth > DEPTH_MAX
          ? "too_deep"
          : "created");
    this.#expect("delegate", await this.#ledger.delegateVaultKey(asked), expected);
    if (expected === "created") this.keys.push(child);
  }

  async #charge(key: TreeKey, at: number): Promise<void> {
    const micros = 1 + this.#random(3);
    const deadlineTime = at === 0 ? EARLY : START;
    const callId = `t${this.#seed}c${this.#calls++}`;
    const request = { claim: null, deadlineTime };
    const line = lineOf(key);
    const expected = endOf(line, deadlineTime) ?? (hasRoom(line, micros) ? "admitted" : "spend_cap_exceeded");
    const answer = await this.#ledger.admit(
      admission(callId, { vaultKeyId: key.id, usdMicros: micros }, request),
    );
    this.#expect("charge", answer.kind === "refused" ? answer.code : answer.kind, expected);
    if (expected !== "admitted") return;
    for (const above of line) above.heldMicros += micros;
    this.#open.push({ callId, micros, line });
  }

  async #settle(): Promise<void> {
    const call = this.#open.pop();
    if (call === undefined) return;
    const isPosted = this.#random(3) > 0;
    const end = { objectId: null, answer: null, usdMicros: call.micros };
    await this.#ledger.settle(isPosted ? settlement(call.callId, end) : voided(call.callId, end));
    for (const above of call.line) {
      above.heldMicros -= call.micros;
      if (isPosted) above.postedMicros += call.micros;
    }
  }

  /** A key's own book has all that came of it. */
  async #compare(): Promise<void> {
    for (const key of [this.#pick(this.keys), this.keys[0] as TreeKey]) {
      const used = await this.#ledger.getVaultKey(key.id, START);
      this.#expect(
        "book",
        `${used?.heldMicros} ${used?.spentMicros}`,
        `${key.heldMicros} ${key.postedMicros}`,
      );
    }
  }

  #expect(what: string, is: string, shouldBe: string): void {
    if (is !== shouldBe) throw new Error(`tree ${this.#seed}: ${what} was ${is} and should be ${shouldBe}`);
    if (what !== "book") this.#tally.set(`${what} ${is}`, (this.#tally.get(`${what} ${is}`) ?? 0) + 1);
  }
}

/** So many at a time: they share transactions, and what a transaction does for a family looks at all keys that it has loaded. */
const AT_ONCE = 16;

/** Plays `count` trees, whose seeds begin with `from`. Rejects, naming a seed, when one of them is not as it should be. */
export async function playTrees(
  ledger: Ledger,
  { from, count }: { readonly from: number; readonly count: number },
  tally: TreeTally,
): Promise<void> {
  let next = from;
  async function player(): Promise<void> {
    while (next < from + count) await new Tree(ledger, next++, tally).play();
  }
  await Promise.all(Array.from({ length: AT_ONCE }, player));
}

/** What of trees must have been met. */
export const MET = [
  ...[
    "delegate created",
    "delegate vault_key_revoked",
    "delegate vault_key_expired",
    "delegate vault_key_paused",
  ],
  ...["delegate expires_later", "charge admitted", "charge spend_cap_exceeded", "charge vault_key_revoked"],
  ...["charge vault_key_expired", "charge vault_key_paused"],
];
