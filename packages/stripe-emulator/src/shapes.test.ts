import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startBench } from "./test-support.ts";

/** Stripe's published sample objects (stripe/openapi, fixtures3.json), beside a checkout where they are given. */
const FIXTURES = fileURLToPath(new URL("../../../../shared/data/stripe-fixtures3.json", import.meta.url));

/**
 * Where the emulator rightly differs from the samples. The samples were generated, so they show objects where
 * real answers hold null; the `stripe` types, against which the emulator's literals are checked, say which may.
 */
const MAY_BE_NULL = new Set([
  "card.name",
  "charge.billing_details.name",
  "charge.payment_method_details.card.installments",
  "charge.payment_method_details.card.three_d_secure",
  "charge.payment_method_details.card.wallet",
  "charge.shipping",
  "charge.transfer_data",
  "customer.address",
  "customer.currency",
  "customer.discount",
  "customer.invoice_settings.rendering_options",
  "customer.shipping",
  "payment_intent.canceled_at",
  "payment_intent.last_payment_error",
  "payment_intent.next_action",
  "payment_intent.payment_method_configuration_details",
  "payment_intent.processing",
  "payment_intent.shipping",
  "payment_intent.transfer_data",
  "payment_method.card.generated_from",
  "payment_method.card.wallet",
]);

/** Fields that are answered only when they are expanded (`refunds`) or only on some payment methods. */
const MAY_BE_ABSENT = new Set(["charge.refunds"]);

/** In the samples a card charge's source is a legacy source object; the emulator's is a card. */
const NOT_COMPARED = new Set(["charge.source", "event.data.object"]);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function kindOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Allowances that were needed: one that is not is stale. */
const usedAllowances = new Set<string>();

function allowed(allowances: ReadonlySet<string>, path: string): boolean {
  if (allowances.has(path)) usedAllowances.add(path);
  return allowances.has(path);
}

/** Every difference in keys and kinds, as readable lines. */
function differences(actual: Json, sample: Json, path: string): string[] {
  if (NOT_COMPARED.has(path) || sample === null) return [];
  if (actual === null)
    return allowed(MAY_BE_NULL, path) ? [] : [`${path}: null, but ${kindOf(sample)} in the sample`];
  if (kindOf(actual) !== kindOf(sample)) return [`${path}: ${kindOf(actual)} instead of ${kindOf(sample)}`];
  if (Array.isArray(actual) && Array.isArray(sample)) {
    const [first] = sample;
    return first === undefined ? [] : actual.flatMap((item, i) => differences(item, first, `${path}[${i}]`));
  }
  if (typeof actual !== "object" || typeof sample !== "object") return [];
  const actualFields = actual as Record<string, Json>;
  if (path.endsWith(".metadata")) return [];
  return Object.entries(sample).flatMap(([key, value]) => {
    const inner = `${path}.${key}`;
    const field = actualFields[key];
    if (field !== undefined) return differences(field, value, inner);
    return allowed(MAY_BE_ABSENT, inner) ? [] : [`${inner}: absent`];
  });
}

function loadSamples(): Record<string, Json> {
  const parsed = JSON.parse(readFileSync(FIXTURES, "utf8")) as { resources: Record<string, Json> };
  return parsed.resources;
}

const missing = !existsSync(FIXTURES);
if (missing) console.info(`shapes are not compared: ${FIXTURES} is absent`);

describe.skipIf(missing)("shapes", () => {
  it("have every field of Stripe's samples, with the same kind of value", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const samples = loadSamples();
    const charge = await stripe.charges.create({
      amount: 500,
      currency: "usd",
      customer: "cus_demo_alice",
      description: "d",
    });
    const refund = await stripe.refunds.create({ charge: charge.id, amount: 100 });
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      payment_method: "pm_card_visa",
      confirm: true,
    });
    const customer = await stripe.customers.retrieve("cus_demo_alice", { expand: ["default_source"] });
    const answers: Record<string, unknown> = {
      charge,
      refund,
      payment_intent: intent,
      customer,
      card: (customer as { default_source?: unknown }).default_source,
      payment_method: await stripe.paymentMethods.create({
        type: "card",
        card: { token: "tok_visa" },
        billing_details: {
          email: "jenny@example.com",
          phone: "+15555555555",
          address: { city: "A", country: "US", line1: "1 Road", postal_code: "94102", state: "CA" },
        },
      }),
      balance_transaction: await stripe.balanceTransactions.retrieve(String(charge.balance_transaction)),
      balance: await stripe.balance.retrieve(),
      event: (await stripe.events.list({ limit: 1 })).data[0],
    };
    for (const [name, answer] of Object.entries(answers)) {
      const plain = JSON.parse(JSON.stringify(answer)) as Json;
      const sample = samples[name];
      if (sample === undefined) throw new Error(`no sample for ${name}`);
      expect(differences(plain, sample, name)).toEqual([]);
    }
    expect([...usedAllowances].sort()).toEqual([...MAY_BE_NULL, ...MAY_BE_ABSENT].sort());
  });

  it("the comparison finds absent fields, other kinds and unexpected nulls", () => {
    const sample: Json = { id: "x", amount: 1, list: [{ a: 1 }], deep: { b: true } };
    const wrong: Json = { id: null, list: [{ a: "1" }], deep: { b: true } };
    expect(differences(wrong, sample, "o")).toEqual([
      "o.id: null, but string in the sample",
      "o.amount: absent",
      "o.list[0].a: string instead of number",
    ]);
  });
});
