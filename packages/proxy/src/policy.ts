import { z } from "zod";
import type { Vendor } from "./vendors/vendor.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

const names = z.array(z.string());

/** When a person must agree to a write before it is sent. */
const approvalSchema = z.object({
  /** Asked about a call that moves more than so many millionths of a US dollar; null = whatever it moves, nobody is. */
  above_micros: z.int().min(0).nullable(),
  /** Asked about a call that costs, once it would use up more than so many percent of one of the key's budgets. */
  ask_at: z.int().min(1).max(99).nullable(),
  /** Patterns of the vendor's: only about these; null = about all writes. */
  operations: names.nullable(),
  /** How long what is asked stands, unanswered or unused, in milliseconds. */
  expires_in_ms: z.int().min(1),
});

/**
 * What a vault key may do, as stored with it. Fixed when the key is made. A field that did not exist then has the
 * default that stands here: never one that allows more than the key was made for.
 */
const policySchema = z.object({
  /** Patterns of the vendor's: operation names (`charges.create`), globs over a resource, classes. */
  allowed_operations: names,
  /** Millionths of a US dollar that one call may move; null = no limit of its own. */
  max_micros_per_call: z.int().min(0).nullable().default(null),
  /** Lower-case codes; null = any that can be priced. */
  currencies: names.nullable().default(null),
  /** Customer ids; null = any. With a list, a call that names no customer on it is refused. */
  customers: names.nullable().default(null),
  /** Other accounts that a call may act for (its headers) or hand money to (its parameters); empty = none. */
  accounts: names.default([]),
  /**
   * What gives a write's claim its name. `auto`: an Idempotency-Key that the caller chose, else the business act.
   * `act`: the act, whatever key comes. `key`: the key, and none is a refusal.
   */
  dedupe: z.enum(["auto", "act", "key"]).default("auto"),
  /** How long the same act is the same one, in milliseconds. */
  act_window_ms: z.int().min(1).default(DAY_MS),
  /** Parameters that are part of an act's identity beside the vendor's own, as its clients write them. */
  act_includes: names.default([]),
  /** `observe`: limits are noted in the rows of calls that they speak against, and refuse nothing. */
  enforcement: z.enum(["enforce", "observe"]).default("enforce"),
  /** HTTP status of `spend_cap_exceeded`. */
  cap_status: z.union([z.literal(429), z.literal(402)]).default(429),
  /** Whether calls may hold numbers and codes of cards. */
  allow_raw_cards: z.boolean().default(false),
  /**
   * Millionths of a US dollar that a call of an operation counts when no figure can be told, by the operation's name.
   * What is not here is refused.
   */
  assume_micros: z.record(z.string(), z.int().min(0)).default({}),
  /**
   * What an unpaid payment intent counts: `window`, from when it is made; `hold`, until it is paid, and then from that
   * moment, or cancelled.
   */
  unpaid_intents: z.enum(["window", "hold"]).default("window"),
  /** Null = no person is asked. */
  approval: approvalSchema.nullable().default(null),
  /** The run and the conversation that every call must say it is of; null = any, or none. */
  bind: z
    .object({ run_id: z.string().nullable(), conversation_id: z.string().nullable() })
    .nullable()
    .default(null),
  /** How many keys may come of it, and how far below it; null = none. */
  may_delegate: z
    .object({ keys: z.int().min(1), depth: z.int().min(1) })
    .nullable()
    .default(null),
});

export type Policy = Readonly<z.infer<typeof policySchema>>;

/** A policy as the store has it. Throws for what is none: the ledger calls that `store_corrupt`. */
export function parsePolicy(stored: unknown): Policy {
  return policySchema.parse(stored);
}

/**
 * Whether a call of the key keeps its hold until what it made is paid or dead. What costs nothing was counted before, and
 * a simulated intent has no payer.
 */
export function holdsUnpaid(
  { policy, simulate }: { readonly policy: Policy; readonly simulate: boolean },
  { usdMicros }: { readonly usdMicros: number },
): boolean {
  return policy.unpaid_intents === "hold" && !simulate && usdMicros > 0;
}

/** Whether the key's allowlist names this operation of its vendor. */
export function allowsOperation(policy: Policy, vendor: Vendor, operation: string): boolean {
  return policy.allowed_operations.some((pattern) => vendor.patternCovers(pattern, operation));
}
