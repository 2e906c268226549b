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

/** Whether a call that is about this customer, or about none in particular (null), may go on. */
export function allowsCustomer({ customers }: Pick<Policy, "customers">, customer: string | null): boolean {
  return customers === null || (customer !== null && customers.includes(customer));
}

/** Whether a call in this currency may go on; null: it is in none. */
export function allowsCurrency({ currencies }: Pick<Policy, "currencies">, currency: string | null): boolean {
  return currency === null || currencies?.includes(currency) !== false;
}

/** Whether one call may move so much. */
export function allowsAmount(
  { max_micros_per_call: limit }: Pick<Policy, "max_micros_per_call">,
  movedMicros: number,
): boolean {
  return limit === null || movedMicros <= limit;
}

/** Of which run or conversation a call would have to be, and does not say that it is; null when it is bound to none. */
export function boundElsewhere(
  { bind }: Pick<Policy, "bind">,
  { runId, conversationId }: { readonly runId: string | null; readonly conversationId: string | null },
): "run" | "conversation" | null {
  if (bind === null) return null;
  if (bind.run_id !== null && bind.run_id !== runId) return "run";
  return bind.conversation_id !== null && bind.conversation_id !== conversationId ? "conversation" : null;
}

/** What of a write decides whether a person is asked about it. */
interface Costing {
  readonly operation: string;
  readonly movedMicros: number;
  readonly usdMicros: number;
}

/** When a person would be asked about a write; null when nobody would, whatever its budgets have left. */
export function asksAbout(
  { approval }: Pick<Policy, "approval">,
  { operation, movedMicros, usdMicros }: Costing,
  vendor: Pick<Vendor, "patternCovers">,
): { readonly always: boolean; readonly askAtPercent: number | null } | null {
  if (approval === null) return null;
  const always = approval.above_micros !== null && movedMicros > approval.above_micros;
  const askAtPercent = usdMicros > 0 ? approval.ask_at : null;
  if (!always && askAtPercent === null) return null;
  const isMeant = approval.operations?.some((pattern) => vendor.patternCovers(pattern, operation)) ?? true;
  return isMeant ? { always, askAtPercent } : null;
}
