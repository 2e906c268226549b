/** A request as it leaves for the vendor: the real credential is already in its headers. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query; the host is fixed when the upstream is made. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** How much of the time that it may take it has waited already. */
  readonly waitedMs?: number;
}

/**
 * What is known after sending. The difference between the last two is the difference between freeing a hold
 * and keeping it: `not_sent` only when it is certain that no byte of the request left.
 */
export type UpstreamResult =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: "not_sent"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** The vendor's API. `send` never rejects. */
export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamResult>;
  /** Ends at once: what is still under way becomes `unknown`, or `not_sent`. */
  close(): Promise<void>;
}
