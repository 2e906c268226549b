import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { rejection, startBench } from "./test-support.ts";

async function makeCharges(stripe: Stripe, count: number, customer: string): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    ids.unshift((await stripe.charges.create({ amount: 500 + index, currency: "usd", customer })).id);
  }
  return ids;
}

const idsOf = (list: { data: { id: string }[] }): string[] => list.data.map(({ id }) => id);

describe("lists", () => {
  it("show the newest first, in pages, both ways", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const ids = await makeCharges(stripe, 12, "cus_demo_alice");
    const first = await stripe.charges.list();
    expect(first).toMatchObject({ object: "list", url: "/v1/charges", has_more: true });
    expect(idsOf(first)).toEqual(ids.slice(0, 10));
    const last = await stripe.charges.list({ starting_after: ids[9] ?? "" });
    expect([idsOf(last), last.has_more]).toEqual([ids.slice(10), false]);
    const before = await stripe.charges.list({ ending_before: ids[5] ?? "", limit: 3 });
    expect([idsOf(before), before.has_more]).toEqual([ids.slice(2, 5), true]);
    const top = await stripe.charges.list({ ending_before: ids[2] ?? "" });
    expect([idsOf(top), top.has_more]).toEqual([ids.slice(0, 2), false]);
    expect(idsOf(await stripe.charges.list({ limit: 12 }))).toEqual(ids);
    const walked: string[] = [];
    for await (const charge of stripe.charges.list({ limit: 5 })) walked.push(charge.id);
    expect(walked).toEqual(ids);
  });

  it("filter by customer within pages", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const alices = await makeCharges(stripe, 3, "cus_demo_alice");
    await makeCharges(stripe, 2, "cus_demo_bob");
    alices.unshift(...(await makeCharges(stripe, 1, "cus_demo_alice")));
    const page = await stripe.charges.list({ customer: "cus_demo_alice", limit: 3 });
    expect([idsOf(page), page.has_more]).toEqual([alices.slice(0, 3), true]);
    const rest = await stripe.charges.list({ customer: "cus_demo_alice", starting_after: alices[2] ?? "" });
    expect(idsOf(rest)).toEqual(alices.slice(3));
    expect((await stripe.charges.list({ customer: "cus_nobody" })).data).toEqual([]);
  });

  it("filter by time", async () => {
    let now = 1_800_000_000_000;
    await using bench = await startBench({ clock: () => now });
    const { stripe } = bench;
    const made: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      made.push(...(await makeCharges(stripe, 1, "cus_demo_bob")));
      now += 10_000;
    }
    const between = await stripe.charges.list({ created: { gte: 1_800_000_010, lt: 1_800_000_030 } });
    expect(idsOf(between)).toEqual([made[2], made[1]]);
    expect(idsOf(await stripe.charges.list({ created: 1_800_000_000 }))).toEqual([made[0]]);
    expect(idsOf(await stripe.charges.list({ created: { gt: 1_800_000_020 } }))).toEqual([made[3]]);
  });

  it.each([
    [{ limit: 0 }, "limit", "parameter_invalid_integer"],
    [{ limit: 101 }, "limit", "parameter_invalid_integer"],
    [{ starting_after: "ch_nope" }, "starting_after", "resource_missing"],
    [{ starting_after: "ch_a", ending_before: "ch_b" }, "starting_after", "parameters_exclusive"],
    [{ created: { since: 1 } }, "created[since]", "parameter_unknown"],
    [{ colour: "red" }, "colour", "parameter_unknown"],
  ])("refuse %j", async (params, param, code) => {
    await using bench = await startBench();
    const error = await rejection(bench.stripe.charges.list(params as Stripe.ChargeListParams));
    expect(error).toMatchObject({ statusCode: 400, param, code });
  });
});

describe("expand", () => {
  // The proxy asks for a price so, to know that its amount is the only one.
  it("shows the currencies of a price, which no answer has unasked", async () => {
    await using bench = await startBench();
    const { prices } = bench.stripe;
    const made = await prices.create({ unit_amount: 900, currency: "usd", product_data: { name: "Plan" } });
    expect(made.currency_options).toBeUndefined();
    const shown = await prices.retrieve(made.id, { expand: ["currency_options"] });
    expect(Object.keys(shown.currency_options ?? {})).toEqual(["usd"]);
    expect(shown.currency_options?.usd?.unit_amount).toBe(900);
  });

  it("replaces ids by objects, at any allowed depth, in objects and lists", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const charge = await stripe.charges.create({
      amount: 500,
      currency: "usd",
      customer: "cus_demo_alice",
      expand: ["customer.default_source", "balance_transaction.source"],
    });
    expect(charge.customer).toMatchObject({
      id: "cus_demo_alice",
      default_source: { object: "card", last4: "4242" },
    });
    expect(charge.balance_transaction).toMatchObject({
      object: "balance_transaction",
      source: { id: charge.id },
    });
    await stripe.refunds.create({ charge: charge.id, amount: 100 });
    const listed = await stripe.charges.list({ expand: ["data.customer", "data.refunds"] });
    expect(listed.data[0]).toMatchObject({
      customer: { id: "cus_demo_alice", name: "Alice Demo" },
      refunds: { object: "list", has_more: false, data: [{ amount: 100 }] },
    });
    // What is stored stays an id.
    expect((await stripe.charges.retrieve(charge.id)).customer).toBe("cus_demo_alice");
    const refunds = await stripe.refunds.list({ expand: ["data.charge.customer"] });
    expect(refunds.data[0]?.charge).toMatchObject({ customer: { object: "customer" } });
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      payment_method: "pm_card_visa",
      confirm: true,
      expand: ["latest_charge.balance_transaction", "payment_method"],
    });
    expect(intent).toMatchObject({
      latest_charge: { balance_transaction: { amount: 500 } },
      payment_method: { card: { last4: "4242" } },
    });
  });

  it("shows a deleted customer as deleted", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const { id } = await stripe.charges.create({ amount: 500, currency: "usd", customer: "cus_demo_bob" });
    await stripe.customers.del("cus_demo_bob");
    const { customer } = await stripe.charges.retrieve(id, { expand: ["customer"] });
    expect(customer).toEqual({ id: "cus_demo_bob", object: "customer", deleted: true });
  });

  it.each(["amount", "customer.nothing", "data.customer", "a.b.c.d.e"])(
    "refuses %s before it executes",
    async (path) => {
      await using bench = await startBench();
      const { stripe } = bench;
      const error = await rejection(
        stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa", expand: [path] }),
      );
      expect(error).toMatchObject({ statusCode: 400, param: "expand" });
      expect((await bench.control.summary()).charges.created).toBe(0);
    },
  );
});
