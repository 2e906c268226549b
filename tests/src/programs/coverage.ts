import type { Report } from "./run-program.ts";

/** What programs did and met, with how often: a run that never met it has not shown that anything holds there. */
export class Coverage {
  readonly #answers = new Map<string, number>();
  readonly #events = new Map<string, number>();

  add({ answers, events }: Report): void {
    for (const [kind, count] of answers) this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + count);
    for (const [kind, count] of events) this.#events.set(kind, (this.#events.get(kind) ?? 0) + count);
  }

  /**
   * Of all answers, the part that were successes: a brake that refuses everything keeps every cap. What cannot be made up
   * for a key that simulates is not refused by it.
   */
  get executed(): number {
    const all = [...this.#answers].filter(([kind]) => !kind.endsWith(" simulation_unsupported"));
    const count = (found: typeof all) => found.reduce((sum, [, times]) => sum + times, 0);
    return count(all.filter(([kind]) => kind.endsWith(" 200"))) / Math.max(1, count(all));
  }

  /** Of what is named, what never happened. */
  missing({ operations, codes, events }: Required): string[] {
    const answers = [...this.#answers.keys()];
    return [
      ...operations.filter((name) => !this.#answers.has(`${name} 200`)),
      ...codes.filter((code) => !answers.some((kind) => kind.endsWith(` ${code}`))),
      ...events.filter((name) => !this.#events.has(name)),
    ];
  }

  /** A line for everything, in order. */
  lines(): string[] {
    const all = [...[...this.#answers].sort(), ...[...this.#events].sort()];
    return all.map(([kind, count]) => `${String(count).padStart(8)}  ${kind}`);
  }
}

export interface Required {
  readonly operations: readonly string[];
  /** With their status, as `402 card_declined`. */
  readonly codes: readonly string[];
  readonly events: readonly string[];
}

/** What even a short run meets. */
export const COMMON: Required = {
  operations: [
    "charges.create",
    "charges.capture",
    "paymentIntents.create",
    "paymentIntents.update",
    "paymentIntents.confirm",
    "paymentIntents.capture",
    "paymentIntents.cancel",
    "refunds.create",
    "invoices.create",
    "invoiceItems.create",
    "invoices.finalizeInvoice",
    "invoices.pay",
    "invoices.voidInvoice",
    "checkout.sessions.create",
    "paymentLinks.create",
    "subscriptions.create",
  ],
  codes: [
    "402 card_declined",
    "429 spend_cap_exceeded",
    "504 outcome_unknown",
    "400 outcome_unresolved",
    "409 possible_repeat",
    "400 idempotency_key_required",
    "403 amount_unknown",
    "403 amount_over_limit",
    "403 currency_not_allowed",
    "429 call_limit_exceeded",
  ],
  events: [
    "payer paid: intent",
    "payer paid: invoice",
    "payer paid: page",
    "payer paid: link",
    "payer could not pay: intent",
    "bank debit succeeded",
    "bank debit failed",
    "charge disputed",
    "intent confirmed days later",
    "proxy restarted",
    "twins answered alike",
    "unknown call: posted",
    "unknown call: voided",
    "unknown call: unsettled",
    "awaiting call: posted",
    "awaiting call: voided",
    "awaiting call: waiting",
  ],
};

/** What a night meets besides. */
export const RARE: Required = {
  operations: COMMON.operations,
  codes: [...COMMON.codes, "429 rate_limited"],
  events: COMMON.events,
};
