/**
 * How what became of a call is found out when nobody heard it: by look-ups at the vendor, never by sending the call
 * again. A plan of look-ups as data, like a price's (`PricePlan`).
 */

/** A call as it was forwarded, and what is known of it. */
export interface TracedCall {
  readonly callId: string;
  readonly operation: string;
  /** As the row has it: without a query. */
  readonly path: string;
  /** The body that was forwarded. */
  readonly body: string | null;
  /** `awaiting`: the vendor said that it asks a person, or what was made waits for its payer. */
  readonly state: "unknown" | "awaiting";
  /** Of an awaiting call: what the vendor calls the request for approval, or what waits. */
  readonly objectId: string | null;
  /**
   * What it was made for lies after this, by the vendor's clock. Bounds a list; early enough for clocks that differ. Null:
   * nobody knows, and all of a list is looked at.
   */
  readonly sinceMs: number | null;
}

export type Trace =
  /** GET this path at the vendor, then ask `next`. Missing: the vendor says that there is no such thing. */
  | {
      readonly kind: "lookup";
      readonly path: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly next: (answer: { readonly object: unknown; readonly missing: boolean }) => Trace;
    }
  /** It took effect: this is what it made or changed, as it is now. */
  | {
      readonly kind: "found";
      readonly object: unknown;
      readonly objectId: string | null;
      /** Whether it can be paid without any further call, and is not yet. */
      readonly unpaid: boolean;
    }
  /** It took effect, and what it made can never be paid any more. */
  | { readonly kind: "dead"; readonly object: unknown; readonly objectId: string }
  /** It did not take effect and will not. */
  | { readonly kind: "refused" }
  /** All that it could have left was looked at, and nothing has. Lists lag: to be believed only after a while. */
  | { readonly kind: "absent" }
  /** The vendor has not decided yet, or nobody has paid. */
  | { readonly kind: "pending" }
  /** Look-ups cannot tell. The reason continues a sentence. */
  | { readonly kind: "untraceable"; readonly reason: string };

/** Where objects are listed that calls of the proxy have made: the first page. */
export interface MadeListing {
  /** The operation that makes them. */
  readonly operation: string;
  readonly path: string;
  /** What a page shows; null when it cannot be read. */
  readonly read: (page: unknown) => MadePage | null;
}

export interface MadePage {
  /** Those alone that bear the stamp of a call. */
  readonly made: readonly MadeObject[];
  readonly nextPath: string | null;
}

/** An object that a call made. */
export interface MadeObject {
  readonly callId: string;
  readonly vaultKeyId: string;
  readonly runId: string | null;
  readonly agent: string | null;
  readonly objectId: string;
  /** By the vendor's clock, in milliseconds. */
  readonly madeAt: number;
  /** Nothing moved by it, and nothing will. */
  readonly failed: boolean;
  readonly object: unknown;
}

/** A posted row as a comparison with the vendor's own object needs it. */
export interface PostedCall {
  readonly operation: string;
  readonly objectId: string;
  readonly amountMinor: number;
  readonly currency: string;
}

/** How a posted row is compared with the vendor's own object. */
export interface Comparison {
  /** GET this path at the vendor. */
  readonly path: string;
  /** What the vendor's object says otherwise than the row, in words; null when they agree. */
  readonly differs: (answer: { readonly object: unknown; readonly missing: boolean }) => string | null;
}
