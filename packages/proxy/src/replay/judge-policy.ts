import { REFUSALS, type RefusalCode } from "@keybrake/core";
import type { Call } from "@keybrake/ledger";
import {
  allowsAmount,
  allowsCurrency,
  allowsCustomer,
  allowsOperation,
  boundElsewhere,
  type Policy,
} from "../policy.ts";
import { type Rates, toUsdMicros } from "../rates.ts";
import type { Vendor } from "../vendors/vendor.ts";

/** What a row of the audit log holds of a call: neither its arguments nor its headers. */
export type PastCall = Pick<
  Call,
  | "callId"
  | "at"
  | "vaultKeyId"
  | "runId"
  | "agent"
  | "conversationId"
  | "customer"
  | "operation"
  | "method"
  | "idempotencyKey"
  | "decision"
  | "code"
  | "state"
  | "amountMinor"
  | "currency"
  | "usdMicros"
  | "objectId"
  | "latencyMs"
  | "times"
>;

/** What a policy says to a call by itself, before any limit counts it. */
export interface PolicyVerdict {
  /** The first refusal that is certain, in the order of the way of a call; null when there is none. */
  readonly code: RefusalCode | null;
  /** What it counts, and what it moves. */
  readonly usdMicros: number;
  readonly movedMicros: number;
  /** Why it cannot be told, in words; null when it can. */
  readonly unsure: string | null;
}

export interface JudgeContext {
  readonly policy: Policy;
  readonly vendor: Vendor;
  readonly rates: Rates;
}

const ORDER: readonly string[] = Object.keys(REFUSALS);

/** Whether a refusal is answered rather than another, should both apply. */
export function comesBefore(one: RefusalCode, other: string): boolean {
  const place = ORDER.indexOf(other);
  return place < 0 || ORDER.indexOf(one) < place;
}

/** The decisions of the steps resolve, authorise and price, on what a row holds. Pure. */
export function judgeByPolicy(context: JudgeContext, call: PastCall): PolicyVerdict {
  const { policy, vendor } = context;
  const { operation, customer, currency } = call;
  const { usdMicros, movedMicros, unsure, unpriced } = costOf(context, call);
  const isUnsureOfCustomer = policy.customers !== null && customer === null;
  const refusals: readonly (readonly [RefusalCode, boolean])[] = [
    ["operation_not_allowed", operation !== null && !allowsOperation(policy, vendor, operation)],
    ["binding_not_met", boundElsewhere(policy, call) !== null],
    ["customer_not_allowed", !isUnsureOfCustomer && !allowsCustomer(policy, customer)],
    ["currency_not_allowed", !allowsCurrency(policy, currency)],
    ["amount_unknown", unpriced],
    ["amount_over_limit", !allowsAmount(policy, movedMicros)],
  ];
  const code = refusals.find(([, applies]) => applies)?.[0] ?? null;
  const customerUnsure = isUnsureOfCustomer
    ? "its row names no customer, and nothing was looked up then"
    : null;
  return { code, usdMicros, movedMicros, unsure: customerUnsure ?? unsure };
}

interface PastCost {
  readonly usdMicros: number;
  readonly movedMicros: number;
  readonly unsure: string | null;
  /** Nothing but the policy's own figure could tell what it costs, and the policy has none. */
  readonly unpriced: boolean;
}

/** A figure that the policy assumed then is replaced by what this one assumes. */
function costOf({ policy, vendor, rates }: JudgeContext, call: PastCall): PastCost {
  const { operation, amountMinor, currency, usdMicros, decision, code } = call;
  const known = { usdMicros, movedMicros: usdMicros, unsure: null, unpriced: false };
  if (operation === null) return known;
  if (amountMinor !== null && currency !== null) {
    const moved = toUsdMicros({ amountMinor, currency }, rates, vendor);
    if (moved !== null) return { ...known, movedMicros: Math.max(moved, usdMicros) };
    const unsure = policy.max_micros_per_call === null ? null : `there is no rate for ${currency} here`;
    return { ...known, unsure };
  }
  const assumed = policy.assume_micros[operation];
  if (vendor.isAssumable(operation) && (usdMicros > 0 || code === "amount_unknown"))
    return assumed === undefined
      ? { ...known, usdMicros: 0, movedMicros: 0, unpriced: true }
      : { ...known, usdMicros: assumed, movedMicros: assumed };
  const wasNeverPriced = decision === "denied" && usdMicros === 0 && vendor.mayMoveMoney(operation);
  return { ...known, unsure: wasNeverPriced ? "it was refused before its price was worked out" : null };
}
