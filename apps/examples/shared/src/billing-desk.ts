import assert from "node:assert/strict";
import { createToolset } from "@keybrake/core";
import type { Call, Turn } from "./script.ts";
import type { Witness } from "./witness.ts";

/** The billing desk, which every framework's example plays: what is asked, what a stand-in says, what must come of it. */

/** What the customer's people ask for. */
export function billingDeskRequest({ customer, order }: Witness): string {
  return [
    `Charge customer ${customer} $4.90 for ${order}. The order was then cancelled: have the refund agent refund it.`,
    "At last have the audit agent name the charge.",
  ].join(" ");
}

/** The charge that was last mentioned, as a model would pick it from what it reads. */
function chargeIn(results: readonly string[]): string {
  return results.flatMap((text) => text.match(/\bch_\w+/g) ?? []).at(-1) ?? "none";
}

/**
 * What the model says at the billing desk: it charges, charges again in other words, hands over to the refund agent,
 * which refunds, and then to the audit agent, which looks the charge up. Each framework has its own tool to hand over.
 */
export function billingDeskTurns(
  { customer, order }: Witness,
  handOver: (agent: "refund" | "audit") => Call,
): readonly Turn[] {
  const charge = { customer_id: customer, amount_cents: 490, currency: "usd", reference: order };
  return [
    () => [{ tool: "create_charge", input: { ...charge, description: "Pro plan" } }],
    () => [{ tool: "create_charge", input: { ...charge, description: "Pro plan, once more to be sure" } }],
    () => [handOver("refund")],
    (results) => [{ tool: "create_refund", input: { charge_id: chargeIn(results) } }],
    () => [handOver("audit")],
    () => [{ tool: "check_existing_charge", input: { customer_id: customer, reference: order } }],
    // Only the audit agent's own result: it has to have found the charge.
    (results) => `${chargeIn(results.slice(-1))} was charged once and is refunded.`,
  ];
}

/** What a careless developer, or a model that was talked into it, could do: refund with the key that charges. */
async function tryToRefund(chargeId: string, runId: string): Promise<void> {
  const vaultKey = process.env.KEYBRAKE_BILLING_VAULT_KEY ?? "";
  const { tools } = createToolset("refund", { vaultKey, runId, only: ["create_refund"] });
  for (const tool of tools) await tool.execute({ charge_id: chargeId });
}

/** Asks Stripe and the audit log what really happened in the order's run, and throws unless all is as it should be. */
export async function checkBillingDesk(witness: Witness, answer: string): Promise<void> {
  const { order } = witness;
  const charges = await witness.charges(order);
  assert.deepEqual(
    charges.map(({ amount }) => amount),
    [490],
    "Stripe has one charge, though the model asked twice",
  );
  const [{ id = "" } = {}] = charges;
  await tryToRefund(id, order);
  const refunds = await witness.refunds(order);
  const calls = await witness.calls(order);
  assert.deepEqual(
    refunds.map(({ charge, amount }) => ({ charge, amount })),
    [{ charge: id, amount: 490 }],
    "Stripe has one refund, of the whole charge",
  );
  assert.deepEqual(
    calls
      .filter(({ operation }) => operation === "refunds.create")
      .map(({ role, decision }) => [role, decision]),
    [
      ["refund", "allowed"],
      ["billing", "denied"],
    ],
    "the billing key was refused a refund, the refund key was not",
  );
  assert.match(answer, new RegExp(id), "the audit agent found the charge");
  witness.confirm();
}
