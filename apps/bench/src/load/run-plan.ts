/** What the load generator is asked and what it answers: the messages between its process and the benchmark's. */

/** One kind of request, sent over and over. */
export interface RequestPlan {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Taken in turn as `Authorization: Bearer …`. */
  readonly bearers: readonly string[];
  /**
   * `fresh`: a new Idempotency-Key and a new act in every request. `repeated`: one per connection, so that all but the
   * first request of each are replays.
   */
  readonly idempotency: "fresh" | "repeated";
  /** In the template `{reference}` stands for what makes the act another one. Null: no body and no key. */
  readonly body: { readonly type: string; readonly template: string } | null;
  /** What a right answer has; every other one counts as an error. */
  readonly status: number;
}

export interface RunPlan {
  readonly port: number;
  /** Each sends its next request when it has the answer to the one before (a closed loop). */
  readonly connections: number;
  readonly request: RequestPlan;
  /** Begins every Idempotency-Key. No two runs on one store may share it unless replays are meant. */
  readonly tag: string;
  /** Sent, but not measured: connections are made, and queues fill. */
  readonly rampMs: number;
  readonly extent: Extent;
}

/** How long is measured: so many milliseconds, or until there are so many answers. */
export type Extent = { readonly ms: number } | { readonly requests: number };

export interface RunFigures {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds from the first byte written to the last byte read. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Answers with another status, and connections that broke. */
  readonly errors: number;
  /** The first line of the first of them. */
  readonly firstError: string | null;
}

/** From the generator: the measurement begins; it has ended. */
export type GeneratorMessage =
  | { readonly type: "began" }
  | { readonly type: "ended"; readonly figures: RunFigures };
