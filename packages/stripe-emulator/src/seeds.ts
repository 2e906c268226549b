import { cardOfToken } from "./cards.ts";
import { newCustomer } from "./customer-object.ts";
import { recordEvent } from "./events.ts";
import { createCard } from "./instruments.ts";
import type { Context } from "./state.ts";

/** A customer that is there from the start, with `tok_visa` as default source. */
export interface SeedCustomer {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
}

/** The customers of an emulator that is not told otherwise. */
export const DEFAULT_SEED_CUSTOMERS: readonly SeedCustomer[] = [
  { id: "cus_demo_alice", email: "alice@example.com", name: "Alice Demo" },
  { id: "cus_demo_bob", email: "bob@example.com", name: "Bob Demo" },
  { id: "cus_demo_carol", email: "carol@example.com", name: "Carol Demo" },
];

/** The connected accounts of an emulator that is not told otherwise. */
export const DEFAULT_CONNECTED_ACCOUNTS: readonly string[] = ["acct_1DemoSeller"];

/** Puts the customers into a fresh account. */
export function seedCustomers(context: Context, seeds: readonly SeedCustomer[]): void {
  const visa = cardOfToken("tok_visa");
  if (visa === undefined) throw new Error("tok_visa is not a test card");
  for (const seed of seeds) {
    const customer = newCustomer(context, seed.id);
    customer.email = seed.email ?? null;
    customer.name = seed.name ?? null;
    customer.default_source = createCard(context, visa, seed.id).id;
    context.state.customers.add(customer);
    recordEvent(context, "customer.created", customer);
  }
}
