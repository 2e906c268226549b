/**
 * The wire format of `/_emulator/*`, the emulator's own control interface. Amounts are integers in the
 * currency's smallest unit (cents for USD).
 */

/**
 * What a fault does to a request:
 * - `delay`: it waits `delay_ms` before it executes (its idempotency key is in use meanwhile);
 * - `drop_before`: the connection is destroyed; nothing is executed;
 * - `drop_after`: it is executed, then the connection is destroyed without an answer;
 * - `error_after`: it is executed, and answered with a 500, which is what its idempotency key replays;
 * - `rate_limit`: 429, nothing is executed;
 * - `unavailable`: 503, nothing is executed.
 */
export type FaultKind = "delay" | "drop_before" | "drop_after" | "error_after" | "rate_limit" | "unavailable";

/** A fault to arm. It applies to requests under `/v1` that match, in the order in which faults were armed. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** `charges.create` …; without it every request matches. */
  readonly operation?: string;
  /** Milliseconds; required by `delay`, allowed with no other kind. */
  readonly delay_ms?: number;
  /** Strikes this often, then is spent. Without it there is no end. */
  readonly times?: number;
  /** Strikes with this probability (0 to 1), drawn from the fault's own seeded sequence. Default 1. */
  readonly probability?: number;
  /** Seed of that sequence; the same seed strikes the same requests by number. Default: the emulator's. */
  readonly seed?: number;
}

/** One request as it came, newest last. */
export interface RequestRecord {
  /** Counts every request since the start or the last reset, from 1. */
  readonly number: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly method: string;
  /** The request target as it came, query included. */
  readonly path: string;
  /** Null when the path is no operation of the emulator. */
  readonly operation: string | null;
  readonly idempotency_key: string | null;
  /** As received; cut at a limit. */
  readonly body: string;
  /** Names and values as received, in order; `authorization` is cut to 8 characters. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Null while unanswered and when the connection was dropped. */
  readonly status: number | null;
  /** The answer was an earlier one, by idempotency key. */
  readonly replayed: boolean;
}

export interface RequestLog {
  /** All requests since the start or the last reset, also those no longer kept. */
  readonly total: number;
  /** How many are kept at most. */
  readonly kept: number;
  readonly data: readonly RequestRecord[];
}

export interface AmountSummary {
  /** Successful charges, authorisations included. */
  charged: number;
  captured: number;
  /** Money that went back; releasing an authorisation moves none. */
  refunded: number;
}

export interface CustomerSummary {
  /** Successful charges. */
  charges: number;
  refunds: number;
  currencies: Record<string, AmountSummary>;
}

/** What the emulator executed: the truth that a ledger can be compared with. */
export interface Summary {
  charges: { created: number; succeeded: number; failed: number };
  payment_intents: { created: number; succeeded: number; canceled: number };
  refunds: { created: number };
  currencies: Record<string, AmountSummary>;
  customers: Record<string, CustomerSummary>;
}
