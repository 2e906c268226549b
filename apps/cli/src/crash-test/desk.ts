import type { EmulatorControl } from "@keybrake/stripe-emulator";
import Stripe from "stripe";

/** Where a client sends its calls, and with which key. */
export interface Connection {
  /** Of the stand-in for Stripe itself, or of the proxy in front of one. */
  readonly url: string;
  readonly apiKey: string;
}

/** What an agent's code has to work with. It is the same code on both sides, and nothing tells it on which it is. */
export interface Desk {
  readonly connection: Connection;
  /** A customer with a card, of this disaster alone. */
  readonly customer: string;
  /** A charge of $50.00 that was made before the disaster, and is none of it. */
  readonly earlierCharge: string;
  /** The weather at Stripe: faults are armed here. */
  readonly stripeFaults: Pick<EmulatorControl, "addFault" | "clearFaults">;
  /**
   * Runs one call of an agent, whose code goes on whatever comes of it: false when it was refused or nobody answered.
   * What went wrong is noted by its code.
   */
  attempt(call: (stripe: Stripe) => Promise<unknown>): Promise<boolean>;
}

/** stripe-node with its defaults, as its README makes one. */
export function stripeClient({ url, apiKey }: Connection): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(apiKey, { host: hostname, port: Number(port), protocol: "http", telemetry: false });
}

/** A refusal's code, or what kind of failure it was. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  return error.code ?? error.type;
}
