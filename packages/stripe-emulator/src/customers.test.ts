import { describe, expect, it } from "vitest";
import { rejection, startBench } from "./test-support.ts";

describe("customers", () => {
  it("are created, changed, found by email, and deleted", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const customer = await stripe.customers.create({
      email: "d@example.com",
      name: "Dora",
      address: { line1: "1 Road", country: "US" },
      source: "tok_amex",
      metadata: { a: "1" },
    });
    expect(customer).toMatchObject({
      email: "d@example.com",
      address: { line1: "1 Road", city: null },
      metadata: { a: "1" },
    });
    expect(customer.id).toMatch(/^cus_\w{14}$/);
    const updated = await stripe.customers.update(customer.id, {
      email: "e@example.com",
      name: "",
      source: "tok_visa",
    });
    expect(updated).toMatchObject({ email: "e@example.com", name: null, metadata: { a: "1" } });
    expect(updated.default_source).not.toBe(customer.default_source);
    expect((await stripe.customers.list({ email: "d@example.com" })).data).toEqual([]);
    expect((await stripe.customers.list({ email: "e@example.com" })).data).toHaveLength(1);
    expect(await stripe.customers.del(customer.id)).toEqual({
      id: customer.id,
      object: "customer",
      deleted: true,
    });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    expect((await stripe.customers.list()).data).toHaveLength(3);
    const charge = stripe.charges.create({ amount: 500, currency: "usd", customer: customer.id });
    expect(await rejection(charge)).toMatchObject({
      statusCode: 400,
      code: "resource_missing",
      param: "customer",
    });
    expect(await rejection(stripe.customers.update(customer.id, { name: "x" }))).toMatchObject({
      statusCode: 404,
    });
  });

  it("may start with a payment method, also as default of their invoices", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const customer = await stripe.customers.create({
      payment_method: "pm_card_visa",
      invoice_settings: { default_payment_method: "pm_card_visa" },
    });
    const [method] = (await stripe.paymentMethods.list({ customer: customer.id })).data;
    expect(method).toMatchObject({ customer: customer.id, type: "card", card: { brand: "visa" } });
    expect(customer.invoice_settings.default_payment_method).toBe(method?.id);
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      customer: customer.id,
      payment_method: method?.id ?? "",
      confirm: true,
      off_session: true,
    });
    expect(intent.status).toBe("succeeded");
    // The Charges API sees sources only, here as on Stripe.
    const charge = stripe.charges.create({ amount: 500, currency: "usd", customer: customer.id });
    expect(await rejection(charge)).toMatchObject({ statusCode: 402, code: "missing" });
  });

  it("are not made at all when a part of the request is refused", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const method = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
    const refused = stripe.customers.create({
      payment_method: method.id,
      invoice_settings: { default_payment_method: "pm_other" },
    });
    expect(await rejection(refused)).toMatchObject({ statusCode: 400, code: "resource_missing" });
    expect((await stripe.paymentMethods.retrieve(method.id)).customer).toBeNull();
    expect((await stripe.customers.list()).data).toHaveLength(3);
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
    const update = stripe.paymentIntents.update(intent.id, { amount: 900, payment_method: "pm_other" });
    expect(await rejection(update)).toMatchObject({ statusCode: 400, param: "payment_method" });
    expect((await stripe.paymentIntents.retrieve(intent.id)).amount).toBe(500);
  });

  it("the seed customers can pay at once", async () => {
    await using bench = await startBench();
    const { data } = await bench.stripe.customers.list();
    expect(data.map(({ id }) => id)).toEqual(["cus_demo_carol", "cus_demo_bob", "cus_demo_alice"]);
    for (const { id } of data) {
      const charge = await bench.stripe.charges.create({ amount: 500, currency: "usd", customer: id });
      expect(charge.paid).toBe(true);
    }
  });
});

describe("payment methods", () => {
  it("are made, attached, listed and detached for good", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const method = await stripe.paymentMethods.create({
      type: "card",
      card: { number: "5555555555554444", exp_month: 12, exp_year: 2034, cvc: "123" },
      billing_details: { name: "Alice" },
    });
    expect(method).toMatchObject({
      customer: null,
      billing_details: { name: "Alice" },
      card: { brand: "mastercard" },
    });
    await stripe.paymentMethods.attach(method.id, { customer: "cus_demo_alice" });
    const listed = await stripe.paymentMethods.list({ customer: "cus_demo_alice", type: "card" });
    expect(listed.data.map(({ id }) => id)).toEqual([method.id]);
    const stolen = stripe.paymentMethods.attach(method.id, { customer: "cus_demo_bob" });
    expect(await rejection(stolen)).toMatchObject({ statusCode: 400 });
    expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull();
    expect((await stripe.paymentMethods.list({ customer: "cus_demo_alice" })).data).toEqual([]);
    const again = stripe.paymentMethods.attach(method.id, { customer: "cus_demo_alice" });
    expect((await rejection(again)).message).toContain("may not be used again");
  });

  it("of declining cards are not attached, and unknown card numbers are not cards", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const declined = stripe.paymentMethods.attach("pm_card_chargeDeclined", { customer: "cus_demo_alice" });
    expect(await rejection(declined)).toMatchObject({ statusCode: 402, code: "card_declined" });
    const unknown = stripe.paymentMethods.create({
      type: "card",
      card: { number: "4111111111111112", exp_month: 1, exp_year: 2034 },
    });
    expect(await rejection(unknown)).toMatchObject({ statusCode: 402, code: "incorrect_number" });
  });
});

describe("events", () => {
  it("record every change with the object as it was", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const charge = await stripe.charges.create(
      { amount: 500, currency: "usd", customer: "cus_demo_alice" },
      { idempotencyKey: "event-key" },
    );
    await stripe.refunds.create({ charge: charge.id, amount: 200 });
    const { data } = await stripe.events.list({
      types: ["charge.succeeded", "charge.refunded", "refund.created"],
    });
    expect(data.map(({ type }) => type)).toEqual(["charge.refunded", "refund.created", "charge.succeeded"]);
    expect(data[2]?.data.object).toMatchObject({ id: charge.id, amount_refunded: 0 });
    expect(data[0]?.data.object).toMatchObject({ id: charge.id, amount_refunded: 200 });
    expect(data[2]?.request?.idempotency_key).toBe("event-key");
    expect(await stripe.events.retrieve(data[2]?.id ?? "")).toEqual(data[2]);
    const customers = await stripe.events.list({ type: "customer.*" });
    expect(customers.data.map(({ type }) => type)).toEqual(Array(3).fill("customer.created"));
  });
});

describe("reproducibility", () => {
  it("the same seed makes the same ids, another seed others", async () => {
    const ids = async (seed: number): Promise<string> => {
      await using bench = await startBench({ seed });
      return (await bench.stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa" })).id;
    };
    expect(await ids(5)).toBe(await ids(5));
    expect(await ids(5)).not.toBe(await ids(6));
  });
});
