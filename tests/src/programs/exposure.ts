import type { MoneyBooks } from "@keybrake/stripe-emulator";
import type { Standing } from "./stakes.ts";

/** US dollars per major unit, as the proxy is told; and what one smallest unit is worth in millionths of a dollar. */
export const RATES = { eur: "1.1", jpy: "0.007" };
const MICROS_PER_MINOR: Readonly<Record<string, number>> = { usd: 10_000, eur: 11_000, jpy: 7_000 };

/**
 * What stands at stake through each object, by Stripe's own books and nobody's ledger: what it moved, and what can
 * still move through it without another call. The object is the outermost one that led to the payment (a charge's
 * intent, an intent's invoice, a page's link), because that is the one that somebody asked for.
 */
export function exposures(books: MoneyBooks): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const add = (root: string, currency: string | null, amountMinor: number | null): void => {
    const micros = toMicros(currency, amountMinor);
    const known = found.get(root) ?? 0;
    // Every opening of a link and every period of a subscription is another payment, asked for once.
    found.set(root, isRepeated(root) ? Math.max(known, micros) : known + micros);
  };
  for (const { kind, object, because_of, currency, amount_minor } of books.moved) {
    if (kind === "charge") add(outermost(object, because_of), currency, amount_minor);
    if (kind === "refund") add(object, currency, amount_minor);
  }
  for (const { kind, object, because_of, status, currency, amount_minor } of books.open) {
    const isPayable =
      kind === "invoice"
        ? // A draft is paid by nobody, but a subscription's finalises and collects itself.
          status === "open" || because_of.length > 0
        : kind !== "invoice_item" && kind !== "approval_request" && kind !== "subscription_schedule";
    if (isPayable) add(outermost(object, because_of), currency, amount_minor);
  }
  return found;
}

function outermost(object: string, becauseOf: readonly string[]): string {
  return becauseOf.at(-1) ?? object;
}

function isRepeated(root: string): boolean {
  return root.startsWith("plink_") || root.startsWith("sub_");
}

export function toMicros(currency: string | null, amountMinor: number | null): number {
  if (currency === null || amountMinor === null) return 0;
  const micros = MICROS_PER_MINOR[currency];
  if (micros === undefined) throw new Error(`a program has no ${currency}`);
  return amountMinor * micros;
}

/** Objects through which money can still move without another call. */
function openRoots(books: MoneyBooks): ReadonlySet<string> {
  return new Set(books.open.map(({ object, because_of }) => outermost(object, because_of)));
}

/** An object through which more is at stake than ever before. */
export interface Growth {
  readonly root: string;
  /** By how much, and to how much in all. */
  readonly micros: number;
  readonly total: number;
  readonly isNew: boolean;
}

/** The most that ever stood at stake through each object: a cancelled intent was payable all the same. */
export class Peaks {
  readonly #peaks = new Map<string, number>();
  readonly #openAt = new Map<string, number>();
  #now: ReadonlyMap<string, number> = new Map();

  get micros(): ReadonlyMap<string, number> {
    return this.#peaks;
  }

  /** How an object stood at the last look. */
  standing(root: string): Standing {
    return { micros: this.#now.get(root) ?? 0, openAt: this.#openAt.get(root) ?? null };
  }

  /** What grew, by the books of this moment, beyond what it ever was. */
  look(books: MoneyBooks, now: number): readonly Growth[] {
    const grown: Growth[] = [];
    this.#now = exposures(books);
    for (const [root, micros] of this.#now) {
      const peak = this.#peaks.get(root);
      if (micros > (peak ?? 0))
        grown.push({ root, micros: micros - (peak ?? 0), total: micros, isNew: peak === undefined });
      if (peak === undefined || micros > peak) this.#peaks.set(root, micros);
    }
    for (const root of openRoots(books)) this.#openAt.set(root, now);
    return grown;
  }
}
