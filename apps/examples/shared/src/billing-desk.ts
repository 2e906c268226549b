import assert from "node:assert/strict";
import type { Desk } from "./desk.ts";
import { say, sayCalls } from "./say.ts";
import type { Call, Turn } from "./script.ts";

/** The billing desk, which every framework's example plays: what is asked, what a stand-in says, what must come of it. */

/** What the customer's people ask for. */
export function billingDeskRequest({ customer, order }: Pick<Desk, "customer" | "order">): string {
  return [
    `Charge customer ${customer} $4.90 for ${order}. The order was then cancelled: refund it.`,
    "If you are not allowed to, have the refund agent do it. At last have the audit agent name the charge.",
  ].join(" ");
}

/** The charge that was last mentioned, as a model would pick it from what it reads. */
function chargeIn(results: readonly string[]): string {
  return results.flatMap((text) => text.match(/\bch_\w+/g) ?? []).at(-1) ?? "none";
}

/**
 * What the model says at the billing desk: it charges, charges again in other words, tries to refund as the
 * billing agent, hands over to the refund agent, and then to the audit agent, which looks the charge up.
 */
export function billingDeskTurns({
  customer,
  order,
  handOver,
}: {
  readonly customer: string;
  readonly order: string;
  /** Each framework has its own tool for this. */
  readonly handOver: (agent: "refund" | "audit") => Call;
}): readonly Turn[] {
  const charge = { customer_id: customer, amount_cents: 490, currency: "usd", reference: order };
  return [
    () => [{ tool: "create_charge", input: { ...charge, description: "Pro plan" } }],
    () => [{ tool: "create_charge", input: { ...charge, description: "Pro plan, once more to be sure" } }],
    (results) => [{ tool: "create_refund", input: { charge_id: chargeIn(results) } }],
    () => [handOver("refund")],
    (results) => [{ tool: "create_refund", input: { charge_id: chargeIn(results) } }],
    () => [handOver("audit")],
    () => [{ tool: "check_existing_charge", input: { customer_id: customer, reference: order } }],
    // Only the audit agent's own result: it has to have found the charge.
    (results) => `${chargeIn(results.slice(-1))} was charged once and is refunded.`,
  ];
}

/** Asks Stripe and the audit log what really happened, prints the calls, and throws unless all is as it should be. */
export async function checkBillingDesk(desk: Desk, runId: string, answer: string): Promise<void> {
  const calls = await desk.calls(runId);
  const charges = await desk.charges(runId);
  const refunds = await desk.refunds(runId);
  sayCalls(calls);

  assert.deepEqual(
    charges.map(({ amount }) => amount),
    [490],
    "Stripe has one charge, though the model asked twice",
  );
  assert.deepEqual(
    refunds.map(({ charge, amount }) => ({ charge, amount })),
    charges.map(({ id, amount }) => ({ charge: id, amount })),
    "Stripe has one refund, of the whole charge",
  );
  assert.deepEqual(
    calls
      .filter(({ operation }) => operation === "refunds.create")
      .map(({ role, decision }) => [role, decision]),
    [
      ["billing", "denied"],
      ["refund", "allowed"],
    ],
    "the billing key was refused a refund, the refund key was not",
  );
  assert.match(answer, new RegExp(charges[0]?.id ?? "none"), "the audit agent found the charge");
  say(answer);
  say("Everything is as stated.");
}
