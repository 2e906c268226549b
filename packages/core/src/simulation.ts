import type { FormParams } from "./form.ts";
import { LIMITS } from "./limits.ts";
import {
  type MockObject,
  mockCharge,
  mockCustomer,
  mockDigest,
  mockPaymentIntent,
  mockRefund,
} from "./mock-objects.ts";
import type { StripeRequest } from "./tool-spec.ts";

/** What the proxy would have answered. */
export interface SimulatedAnswer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The amount of a charge that the run asks for but did not make. */
const FOREIGN_AMOUNT = 2_000;

function refusal(status: number, code: string | null, message: string): SimulatedAnswer {
  const error = { type: "invalid_request_error", ...(code === null ? {} : { code }), message };
  return { status, replayed: false, body: { error } };
}

/**
 * A Stripe of one run's own, in memory: answers the tools' requests without any network. The same act gives
 * the same id in every run (`ch_mock_…`, `pi_mock_…`, `re_mock_…`), and its repetition is a replay. Reads show what the run made.
 */
export class Simulation {
  readonly #made = new Map<string, MockObject>();
  /** Charges that were asked for and not made here: plausible, but in no list. */
  readonly #foreign = new Map<string, MockObject>();

  /** `act`: the canonical act of a write; null for a read. */
  answer(request: StripeRequest, act: string | null): SimulatedAnswer {
    const { operation, params, path } = request;
    const id = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
    switch (operation) {
      case "charges.create":
      case "paymentIntents.create":
      case "refunds.create":
        return this.#write(operation, params, act ?? "");
      case "charges.retrieve":
        return this.#ok(this.#charge(id));
      case "paymentIntents.retrieve":
        return this.#ok(
          this.#made.get(id) ?? mockPaymentIntent(id, { amount: FOREIGN_AMOUNT, currency: "usd" }),
        );
      case "customers.retrieve":
        return this.#ok(mockCustomer(id));
      case "charges.list":
        return this.#list(
          "charge",
          params,
          (charge) => charge.customer === (params.customer ?? charge.customer),
        );
      case "refunds.list":
        return this.#list("refund", params, (refund) => refund.charge === (params.charge ?? refund.charge));
      case "customers.list":
        return this.#list("customer", params, (made) => made.email === (params.email ?? made.email));
      case "balance.retrieve":
        return { status: 200, replayed: false, body: this.#balance() };
      default:
        return refusal(404, "operation_not_simulated", "This operation is not simulated.");
    }
  }

  #ok(body: MockObject): SimulatedAnswer {
    return { status: 200, replayed: false, body };
  }

  #write(operation: string, params: FormParams, act: string): SimulatedAnswer {
    const prefix = { "charges.create": "ch", "paymentIntents.create": "pi" }[operation] ?? "re";
    const id = `${prefix}_mock_${mockDigest(`${operation}:${act}`)}`;
    const existing = this.#made.get(id);
    if (existing !== undefined) return { status: 200, replayed: true, body: existing };
    if (operation === "refunds.create") return this.#refund(id, params);
    const made = operation === "charges.create" ? mockCharge(id, params) : mockPaymentIntent(id, params);
    this.#keep(made);
    this.#keep(mockCustomer(String(params.customer)));
    return this.#ok(made);
  }

  #keep(object: MockObject): void {
    if (this.#made.has(object.id) && object.object === "customer") return;
    this.#made.set(object.id, object);
    if (this.#made.size <= LIMITS.actsRemembered) return;
    const [oldest] = this.#made.keys();
    if (oldest !== undefined) this.#made.delete(oldest);
  }

  #charge(id: string): MockObject {
    const known = this.#made.get(id) ?? this.#foreign.get(id);
    if (known !== undefined) return known;
    return mockCharge(id, { amount: FOREIGN_AMOUNT, currency: "usd" });
  }

  #refund(id: string, params: FormParams): SimulatedAnswer {
    const charge = this.#charge(String(params.charge));
    const left = Number(charge.amount) - Number(charge.amount_refunded);
    if (left <= 0)
      return refusal(400, "charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
    const amount = typeof params.amount === "number" ? params.amount : left;
    if (amount > left) {
      return refusal(
        400,
        null,
        `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
      );
    }
    const refunded = Number(charge.amount_refunded) + amount;
    const changed = { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount };
    if (this.#made.has(charge.id)) this.#made.set(charge.id, changed);
    else this.#keepForeign(changed);
    const made = mockRefund(id, params, { charge, amount });
    this.#keep(made);
    return this.#ok(made);
  }

  #keepForeign(charge: MockObject): void {
    this.#foreign.set(charge.id, charge);
    if (this.#foreign.size <= LIMITS.actsRemembered) return;
    const [oldest] = this.#foreign.keys();
    if (oldest !== undefined) this.#foreign.delete(oldest);
  }

  #list(object: string, params: FormParams, wanted: (made: MockObject) => boolean): SimulatedAnswer {
    const all = [...this.#made.values()].filter((made) => made.object === object && wanted(made)).reverse();
    const after = params.starting_after;
    const from = typeof after === "string" ? all.findIndex((made) => made.id === after) + 1 : 0;
    const data = all.slice(from, from + Number(params.limit ?? LIMITS.listDefault));
    const body = { object: "list", data, has_more: from + data.length < all.length };
    return { status: 200, replayed: false, body };
  }

  #balance(): Readonly<Record<string, unknown>> {
    const sums = new Map<string, number>([["usd", 0]]);
    for (const made of this.#made.values()) {
      if (made.object !== "charge") continue;
      const currency = String(made.currency);
      sums.set(currency, (sums.get(currency) ?? 0) + Number(made.amount) - Number(made.amount_refunded));
    }
    const available = [...sums].map(([currency, amount]) => ({ amount, currency }));
    return { object: "balance", available, pending: [], livemode: false };
  }
}
