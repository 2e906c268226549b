import { KEYS } from "./keys.ts";
import type { Commitment } from "./limits.ts";

/** Who is no key: what the company and its payers put at stake counts against no budget, until a key answers for it. */
export const COMPANY = -1;

/** A key's part of what was ever at stake through an object. */
interface Share extends Commitment {
  /** Whether an answer has said so to somebody: what nobody has heard of may turn out to be another's. */
  readonly heard: boolean;
}

/** How an object stands now, by Stripe's books. */
export interface Standing {
  readonly micros: number;
  /** When it was last seen unpaid; null when it never was. */
  readonly openAt: number | null;
}

/**
 * Whose what is at stake is. It is whose call put it there, until a call of another key about the same object is
 * answered first: then as much of it as nobody had heard of is that one's, who asked for all that the answer says.
 */
export class Stakes {
  readonly #shares = new Map<string, Share[]>();

  /** A call of the key made the object worth so much in all, more than ever. Nobody has heard of it yet. */
  grow(root: string, { key, at, micros: total }: Commitment): void {
    const micros = total - sumOf(this.#of(root));
    if (micros > 0) this.#of(root).push({ key, at, micros, heard: false });
  }

  /** The books show the object as a part of another (a page's intent), and a call of the key was answered about it alone. */
  hearOfPart(root: string, part: Commitment): void {
    this.grow(root, part);
    this.hear(root, part.key, part.at, part.micros);
  }

  /** A call of the key, of that time, was answered: through the object so much is at stake in all. */
  hear(root: string, key: number, at: number, total: number): void {
    this.credit(root, key, at, total - sumOf(this.#of(root).filter(({ heard }) => heard)));
  }

  /** Of what nobody has heard of, so much is the key's: its own first, then what others put there. */
  credit(root: string, key: number, at: number, micros: number): void {
    let left = micros;
    const unheard = this.#of(root).filter(({ heard }) => !heard);
    const inOrder = [
      ...unheard.filter((share) => share.key === key),
      ...unheard.filter((share) => share.key !== key),
    ];
    for (const share of inOrder) {
      const taken = Math.min(left, share.micros);
      if (taken <= 0) return;
      left -= taken;
      const since = share.key === key ? share.at : at;
      this.#replace(root, share, [
        { ...share, micros: share.micros - taken },
        { key, at: since, micros: taken, heard: true },
      ]);
    }
  }

  /** Whether somebody answers for the object whose policy holds what is unpaid, and no longer. */
  isHeld(root: string): boolean {
    return this.#of(root).some((share) => holds(root, share));
  }

  /**
   * What counts, and since when. Under `unpaid_intents: "hold"` that is what can still be paid, as long as it can, and
   * then what was paid, from that moment on: never more than what the others' parts leave of it.
   */
  *commitments(standing: (root: string) => Standing): Iterable<Commitment> {
    for (const [root, shares] of this.#shares) {
      const held = shares.filter((share) => holds(root, share));
      yield* shares.filter((share) => share.key !== COMPANY && !held.includes(share));
      const { micros, openAt } = held.length === 0 ? NOTHING : standing(root);
      const all = sumOf(shares);
      for (const key of new Set(held.map((share) => share.key))) {
        const own = held.filter((share) => share.key === key);
        const since = Math.max(openAt ?? 0, ...own.map(({ at }) => at));
        yield { key, at: since, micros: Math.max(0, micros - (all - sumOf(own))) };
      }
    }
  }

  #of(root: string): Share[] {
    const known = this.#shares.get(root);
    if (known !== undefined) return known;
    const shares: Share[] = [];
    this.#shares.set(root, shares);
    return shares;
  }

  #replace(root: string, share: Share, by: readonly Share[]): void {
    const shares = this.#of(root);
    shares.splice(shares.indexOf(share), 1, ...by.filter(({ micros }) => micros > 0));
  }
}

const NOTHING: Standing = { micros: 0, openAt: null };

function sumOf(shares: readonly Share[]): number {
  return shares.reduce((sum, { micros }) => sum + micros, 0);
}

function holds(root: string, { key }: Share): boolean {
  return root.startsWith("pi_") && KEYS[key]?.policy.unpaid_intents === "hold";
}
