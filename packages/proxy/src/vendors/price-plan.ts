/** What a call costs, as data: decided at once, or after one more look-up at the vendor. */
export type PricePlan =
  /** Moves no money and commits nobody to any, with these parameters merged into the forwarded request. */
  | { readonly kind: "free"; readonly inject?: Readonly<Record<string, unknown>> }
  | {
      readonly kind: "amount";
      /** Minor units of `currency`; a safe integer ≥ 0. */
      readonly amountMinor: number;
      /** Lower-case, three letters. */
      readonly currency: string;
      /** Top-level parameters to merge into the forwarded request, so that what was priced is what is executed. */
      readonly inject?: Readonly<Record<string, unknown>>;
      /** Upstream object id: the call costs only what exceeds what the ledger already counted for it. */
      readonly excessOver?: string;
    }
  /**
   * Costs so many millionths of a US dollar: of a vendor that charges its own customer by the piece, in figures finer
   * than any minor unit. Its rows have no amount of a currency.
   */
  | { readonly kind: "usd"; readonly usdMicros: number }
  /** GET this path at the vendor with the proxy's credential, then ask `next` with the parsed body. */
  | { readonly kind: "lookup"; readonly path: string; readonly next: (object: unknown) => PricePlan }
  /** May move money, nobody can say how much: `amount_unknown`. The reason continues a sentence. */
  | {
      readonly kind: "unknown";
      readonly reason: string;
      /** The parameter that makes it so. */
      readonly param?: string;
    }
  /** The vendor would refuse it, or read it otherwise than we do: `request_invalid`. */
  | { readonly kind: "invalid"; readonly reason: string; readonly param: string };

/** An amount in the minor units of a currency; both null when nothing was priced. */
export interface Amount {
  readonly amountMinor: number | null;
  readonly currency: string | null;
}
