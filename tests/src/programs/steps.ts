/**
 * A random Stripe program, as data: what agents ask for through the proxy, and what payers, banks and time do beside
 * it. Objects are named by number, modulo those there are when the step is played, so that a program from which
 * steps were taken still runs: that is how a failing one is made small.
 */

/** What happens to the request of a call on its way to Stripe. */
export type Weather =
  | "fair"
  | "lost_before"
  | "lost_after"
  | "error_before"
  | "error_after"
  | "rate_limited"
  | "foreign_before"
  | "foreign_after"
  /** Executed, and answered as declined: Stripe never does, and no program has it but the one that must fail. */
  | "lying";

export type Currency = "usd" | "eur" | "jpy";
export type Method = "none" | "visa" | "declined" | "bank" | "challenge";

export type Header = "own" | "run" | "none" | "fresh";

/** One request of an agent. Amounts are in the currency's smallest unit; `nth` counts the objects there are. */
export type Call =
  | {
      readonly do: "charge";
      readonly amount: number;
      readonly currency: Currency;
      readonly declined: boolean;
      readonly capture: boolean;
    }
  | {
      readonly do: "intent";
      readonly amount: number;
      readonly currency: Currency;
      readonly method: Method;
      readonly manual: boolean;
    }
  | { readonly do: "update_intent"; readonly nth: number; readonly amount: number }
  | { readonly do: "confirm_intent"; readonly nth: number; readonly method: Method }
  | { readonly do: "capture_intent"; readonly nth: number; readonly amount: number | null }
  | { readonly do: "cancel_intent"; readonly nth: number }
  | { readonly do: "capture_charge"; readonly nth: number; readonly amount: number | null }
  | { readonly do: "refund"; readonly nth: number; readonly amount: number | null }
  | { readonly do: "invoice"; readonly taxed: boolean }
  | { readonly do: "item"; readonly nth: number; readonly amount: number }
  | { readonly do: "finalize_invoice"; readonly nth: number }
  | { readonly do: "pay_invoice"; readonly nth: number; readonly declined: boolean }
  | { readonly do: "void_invoice"; readonly nth: number }
  | { readonly do: "page"; readonly amount: number }
  | { readonly do: "link" }
  | { readonly do: "subscribe" };

/** An agent's call: `key` is a place in the scene's list of keys. */
export interface AgentCall {
  readonly key: number;
  readonly call: Call;
  /**
   * Whose Idempotency-Key it has: its own; none but the run's id, or none at all; or `fresh`, one that an SDK made up and
   * makes up anew when the agent says the same again.
   */
  readonly header: Header;
  readonly weather: Weather;
}

export type Step =
  | { readonly step: "call"; readonly asked: AgentCall }
  /** All at once. */
  | { readonly step: "together"; readonly asked: readonly AgentCall[] }
  /** One call, sent so often at once: one act. */
  | { readonly step: "twins"; readonly asked: AgentCall; readonly count: number }
  /** An earlier call again, word for word or in other words, perhaps under another vault key. */
  | {
      readonly step: "again";
      readonly nth: number;
      readonly key: number | null;
      readonly weather: Weather;
      readonly reworded?: boolean;
    }
  | {
      readonly step: "payer";
      readonly pays: "intent" | "invoice" | "page" | "link";
      readonly nth: number;
      readonly declined: boolean;
    }
  | { readonly step: "bank"; readonly nth: number; readonly outcome: "succeeded" | "failed" }
  | { readonly step: "dispute"; readonly nth: number }
  /** The company itself, with the real Stripe key and no proxy. */
  | { readonly step: "company"; readonly makes: "subscription" | "link" | "invoice"; readonly amount: number }
  /** The proxy looks up what nobody has heard of, and what waits for its payer. */
  | { readonly step: "reconcile" }
  | { readonly step: "wait"; readonly ms: number }
  | { readonly step: "restart" };

export type Program = readonly Step[];
