import type { MoneyBooks } from "@keybrake/stripe-emulator";

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

function toMicros(currency: string | null, amountMinor: number | null): number {
  if (currency === null || amountMinor === null) return 0;
  const micros = MICROS_PER_MINOR[currency];
  if (micros === undefined) throw new Error(`a program has no ${currency}`);
  return amountMinor * micros;
}

/** An object through which more is at stake than ever before. */
export interface Growth {
  readonly root: string;
  readonly micros: number;
  readonly isNew: boolean;
}

/** What changed since the last look. */
export interface Changes {
  /** What grew beyond what it ever was. */
  readonly grown: readonly Growth[];
  /** What was lowered before, and is raised again, by how much. */
  readonly raisedAgain: readonly Omit<Growth, "isNew">[];
}

/** The most that ever stood at stake through each object: a cancelled intent was payable all the same. */
export class Peaks {
  readonly #peaks = new Map<string, number>();
  #now: ReadonlyMap<string, number> = new Map();

  get micros(): ReadonlyMap<string, number> {
    return this.#peaks;
  }

  look(books: MoneyBooks): Changes {
    const grown: Growth[] = [];
    const raisedAgain: { root: string; micros: number }[] = [];
    const before = this.#now;
    this.#now = exposures(books);
    for (const [root, micros] of this.#now) {
      const peak = this.#peaks.get(root);
      const again = Math.min(micros, peak ?? 0) - (before.get(root) ?? 0);
      if (again > 0) raisedAgain.push({ root, micros: again });
      if (micros > (peak ?? 0)) grown.push({ root, micros: micros - (peak ?? 0), isNew: peak === undefined });
      if (peak === undefined || micros > peak) this.#peaks.set(root, micros);
    }
    return { grown, raisedAgain };
  }
}
