import { createToolset } from "@keybrake/core";
import { expect, test } from "vitest";
import { startStack } from "./stack.ts";

/** Before: what a payment intent was made for, and could still be paid by it, was "not found". */
test("an audit key finds what was charged by either operation, and each once", async () => {
  await using stack = await startStack();
  const billing = await stack.issue({
    allowed_operations: ["paymentIntents.*", "charges.create"],
    daily_usd_cap: 500,
  });
  const audit = await stack.issue({ role: "audit", daily_usd_cap: 0 });
  const [tool] = createToolset("audit", {
    ...{ vaultKey: audit.vault_key, proxyUrl: stack.url, only: ["check_existing_charge"] },
  }).tools;
  const check = (billing_period: string) => tool?.execute({ customer_id: "cus_demo_alice", billing_period });
  const intent = async (month: string, confirm: Record<string, string> = {}) => {
    const form = {
      ...{ amount: "2900", currency: "usd", customer: "cus_demo_alice" },
      ...{ "metadata[billing_period]": month, ...confirm },
    };
    return (await stack.call(billing.vault_key, "POST", "/v1/payment_intents", { form })).body;
  };

  expect(await check("2026-06")).toMatchObject({ ok: true, status: "not_found" });
  const open = await intent("2026-06");
  expect(await check("2026-06")).toMatchObject({ ok: true, status: "found", id: open.id });
  const paid = await intent("2026-07", { confirm: "true", payment_method: "pm_card_visa" });
  expect(paid.status).toBe("succeeded");
  expect(await check("2026-07")).toMatchObject({
    ...{ status: "found", id: paid.latest_charge },
    data: { charges: [{ id: paid.latest_charge, payment_intent: paid.id }], payment_intents: [] },
  });
  const cancelled = await intent("2026-08");
  await stack.call(billing.vault_key, "POST", `/v1/payment_intents/${cancelled.id}/cancel`);
  expect(await check("2026-08")).toMatchObject({ ok: true, status: "not_found" });
  // No secret of the payer's comes with it.
  expect(JSON.stringify(await check("2026-06"))).not.toContain(open.client_secret);
});
