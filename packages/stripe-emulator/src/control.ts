import type Stripe from "stripe";
import type { ApprovalRequest } from "./approval-requests.ts";
import type {
  ApprovalRule,
  ClockState,
  DisputeSpec,
  FaultSpec,
  Lag,
  MoneyBooks,
  PayResult,
  PaySpec,
  RequestLog,
  SettleSpec,
  Summary,
} from "./control-types.ts";

/** A client of `/_emulator/*`. Every method makes one HTTP request and throws when it is refused. */
export interface EmulatorControl {
  /** Arms a fault and returns its id. */
  addFault(fault: FaultSpec): Promise<string>;
  clearFaults(): Promise<void>;
  /** The latest requests, oldest first. */
  requests(): Promise<RequestLog>;
  /** What the platform's account executed so far. */
  summary(): Promise<Summary>;
  /** What moved and what can still move, object by object, over all accounts. */
  books(): Promise<MoneyBooks>;
  /** Milliseconds since the Unix epoch, by the emulator's clock. */
  now(): Promise<number>;
  /** Moves the clock ahead; renewals, expiries and approved actions of the time between happen, in order. */
  advance(milliseconds: number): Promise<number>;
  /** Sets how much later objects show in lists and searches; what is not given stays. */
  setLag(lag: Lag): Promise<void>;
  /** Plays a payer. A refusal (a declined card, a dead page) is a result, not an error. */
  pay(spec: PaySpec): Promise<PayResult>;
  /** Plays the bank that owes an answer to a `processing` intent. */
  settle(spec: SettleSpec): Promise<Stripe.PaymentIntent>;
  /** Plays a card holder who disputes a charge. */
  dispute(spec: DisputeSpec): Promise<Stripe.Dispute>;
  /** Plays the card network that decides a dispute. */
  endDispute(id: string, end: "won" | "lost"): Promise<Stripe.Dispute>;
  /** Switches one of Stripe's approval rules on. */
  addApprovalRule(rule: ApprovalRule): Promise<void>;
  clearApprovalRules(): Promise<void>;
  /** A person agrees: Stripe carries the paused action out `after_ms` later (default 1000). */
  approve(id: string, options?: { readonly after_ms?: number }): Promise<ApprovalRequest>;
  /** A person refuses: the paused action is dropped. */
  deny(id: string): Promise<ApprovalRequest>;
  /** Forgets objects, idempotency keys, faults, rules, lag and requests; the seed customers are there again. */
  reset(): Promise<void>;
}

/** Controls a running emulator by its URL. `fetch` is a parameter for tests. */
export function createEmulatorControl(url: string, fetchFunction: typeof fetch = fetch): EmulatorControl {
  const call = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetchFunction(`${url.replace(/\/$/, "")}/_emulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`emulator control ${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  };
  return {
    addFault: async (fault) => (await call<{ readonly id: string }>("POST", "faults", fault)).id,
    clearFaults: async () => void (await call("DELETE", "faults")),
    requests: () => call("GET", "requests"),
    summary: () => call("GET", "summary"),
    books: () => call("GET", "books"),
    now: async () => (await call<ClockState>("GET", "clock")).now_ms,
    advance: async (advance_ms) => (await call<ClockState>("POST", "clock", { advance_ms })).now_ms,
    setLag: async (lag) => void (await call("POST", "lag", lag)),
    pay: (spec) => call("POST", "pay", spec),
    settle: (spec) => call("POST", "settle", spec),
    dispute: (spec) => call("POST", "disputes", spec),
    endDispute: (id, end) => call("POST", `disputes/${id}/end`, { end }),
    addApprovalRule: async (rule) => void (await call("POST", "approval_rules", rule)),
    clearApprovalRules: async () => void (await call("DELETE", "approval_rules")),
    approve: (id, options = {}) => call("POST", `approval_requests/${id}/approve`, options),
    deny: (id) => call("POST", `approval_requests/${id}/deny`, {}),
    reset: async () => void (await call("POST", "reset")),
  };
}
