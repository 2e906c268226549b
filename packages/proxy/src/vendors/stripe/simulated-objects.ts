/** The objects that simulate keys answer: the fields that clients and the tools read, as Stripe spells them. */
import { type Params, textParam } from "./form.ts";

/** What is known of a simulated object. */
export interface Simulated {
  readonly id: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Twelve hex digits that objects of one act share. */
  readonly digest: string;
  readonly params: Params;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  readonly created: number;
}

interface SimulatedObject {
  /** Stripe's `object` field. */
  readonly object: string;
  /** Prefix of new ids. */
  readonly prefix: string;
  /** The methods that are simulated. */
  readonly actions: readonly string[];
  readonly render: (facts: Simulated, action: string) => Record<string, unknown>;
}

const text = (facts: Simulated, name: string): string | null => textParam(facts.params, name) ?? null;

function common(facts: Simulated): Record<string, unknown> {
  const { created, metadata } = facts;
  return { created, livemode: false, metadata, description: text(facts, "description") };
}

function money(facts: Simulated): Record<string, unknown> {
  return { amount: facts.amountMinor, currency: facts.currency };
}

function renderCharge(facts: Simulated, action: string): Record<string, unknown> {
  const captured = action !== "create" || text(facts, "capture") !== "false";
  return {
    ...common(facts),
    ...money(facts),
    amount_captured: captured ? capturedAmount(facts, "amount", action) : 0,
    amount_refunded: 0,
    balance_transaction: null,
    captured,
    customer: text(facts, "customer"),
    disputed: false,
    failure_code: null,
    paid: true,
    payment_intent: null,
    refunded: false,
    status: "succeeded",
  };
}

/** What a capture asks for, never more than the whole. */
function capturedAmount(facts: Simulated, name: string, action: string): number {
  const asked = action === "capture" ? text(facts, name) : null;
  return asked !== null && /^\d{1,12}$/.test(asked)
    ? Math.min(Number(asked), facts.amountMinor)
    : facts.amountMinor;
}

function renderPaymentIntent(facts: Simulated, action: string): Record<string, unknown> {
  const status = intentStatus(facts, action);
  const chargeId = `ch_mock_${facts.amountMinor}_${facts.currency}_${facts.digest}`;
  const charge = { id: chargeId, object: "charge", ...renderCharge({ ...facts, id: chargeId }, "retrieve") };
  const hasCharge = status === "succeeded" || status === "requires_capture";
  return {
    ...common(facts),
    ...money(facts),
    amount_capturable: status === "requires_capture" ? facts.amountMinor : 0,
    amount_received: status === "succeeded" ? capturedAmount(facts, "amount_to_capture", action) : 0,
    canceled_at: status === "canceled" ? facts.created : null,
    capture_method: text(facts, "capture_method") ?? "automatic",
    client_secret: `${facts.id}_secret_mock`,
    confirmation_method: "automatic",
    customer: text(facts, "customer"),
    latest_charge: hasCharge ? (expands(facts, "latest_charge") ? charge : chargeId) : null,
    next_action: null,
    payment_method: text(facts, "payment_method"),
    payment_method_types: ["card"],
    status,
  };
}

/** Objects remember nothing, so an intent that is only named counts as paid. */
function intentStatus(facts: Simulated, action: string): string {
  if (action === "cancel") return "canceled";
  const confirms = action === "confirm" || text(facts, "confirm") === "true";
  if (action !== "create" || confirms) {
    return text(facts, "capture_method") === "manual" ? "requires_capture" : "succeeded";
  }
  return text(facts, "payment_method") === null ? "requires_payment_method" : "requires_confirmation";
}

function expands(facts: Simulated, field: string): boolean {
  const { expand } = facts.params;
  return Array.isArray(expand) && expand.includes(field);
}

function renderRefund(facts: Simulated): Record<string, unknown> {
  return {
    ...common(facts),
    ...money(facts),
    balance_transaction: null,
    charge: text(facts, "charge"),
    payment_intent: text(facts, "payment_intent"),
    reason: text(facts, "reason"),
    status: "succeeded",
  };
}

function renderCustomer(facts: Simulated): Record<string, unknown> {
  return {
    ...common(facts),
    address: null,
    balance: 0,
    currency: null,
    default_source: null,
    delinquent: false,
    email: text(facts, "email"),
    name: text(facts, "name"),
    phone: text(facts, "phone"),
    shipping: null,
  };
}

/** A transfer, payout or top-up: money out, done. */
function renderOutflow(facts: Simulated): Record<string, unknown> {
  return {
    ...common(facts),
    ...money(facts),
    amount_reversed: 0,
    balance_transaction: null,
    destination: text(facts, "destination"),
    reversed: false,
    status: "succeeded",
  };
}

const MAKE_AND_READ = ["create", "retrieve", "update"] as const;

/** Simulated resources, by stripe-node's name. */
export const SIMULATED_OBJECTS: ReadonlyMap<string, SimulatedObject> = new Map(
  Object.entries<SimulatedObject>({
    charges: { object: "charge", prefix: "ch", actions: [...MAKE_AND_READ, "capture"], render: renderCharge },
    paymentIntents: {
      object: "payment_intent",
      prefix: "pi",
      actions: [...MAKE_AND_READ, "confirm", "capture", "cancel"],
      render: renderPaymentIntent,
    },
    refunds: { object: "refund", prefix: "re", actions: MAKE_AND_READ, render: renderRefund },
    customers: {
      object: "customer",
      prefix: "cus",
      actions: [...MAKE_AND_READ, "del"],
      render: renderCustomer,
    },
    transfers: { object: "transfer", prefix: "tr", actions: MAKE_AND_READ, render: renderOutflow },
    payouts: { object: "payout", prefix: "po", actions: MAKE_AND_READ, render: renderOutflow },
    topups: { object: "topup", prefix: "tu", actions: MAKE_AND_READ, render: renderOutflow },
  }),
);
