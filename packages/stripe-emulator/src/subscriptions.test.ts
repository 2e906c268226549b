import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { type Bench, rejection, startBench } from "./test-support.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 1);

async function monthly(bench: Bench, dollars: number): Promise<string> {
  const price = await bench.stripe.prices.create({
    unit_amount: dollars * 100,
    currency: "usd",
    recurring: { interval: "month" },
    product_data: { name: "Plan" },
  });
  return price.id;
}

function subscribe(bench: Bench, price: string, options: Partial<Stripe.SubscriptionCreateParams> = {}) {
  return bench.stripe.subscriptions.create({ customer: "cus_demo_bob", items: [{ price }], ...options });
}

function startInJanuary(): Promise<Bench> {
  return startBench({ clock: () => START });
}

async function charged(bench: Bench): Promise<number[]> {
  const { moved } = await bench.control.books();
  return moved.filter(({ kind }) => kind === "charge").map(({ amount_minor }) => amount_minor);
}

describe("subscriptions", () => {
  it("bill their first period at once, and each further one by a draft that is collected an hour later", async () => {
    await using bench = await startInJanuary();
    const { stripe, control } = bench;
    const subscription = await subscribe(bench, await monthly(bench, 20), { expand: ["latest_invoice"] });
    expect(subscription).toMatchObject({
      status: "active",
      latest_invoice: { status: "paid", amount_paid: 2000, billing_reason: "subscription_create" },
    });
    expect(subscription.items.data[0]?.current_period_end).toBe(Date.UTC(2026, 1, 1) / 1000);
    await control.advance(31 * DAY_MS);
    const [draft] = (await stripe.invoices.list({ subscription: subscription.id, status: "draft" })).data;
    expect(draft).toMatchObject({ billing_reason: "subscription_cycle", amount_due: 2000 });
    expect(await charged(bench)).toEqual([2000]);
    await control.advance(60 * 60 * 1000);
    expect(await charged(bench)).toEqual([2000, 2000]);
    await control.advance(365 * DAY_MS);
    expect(await charged(bench)).toHaveLength(14);
    expect((await control.books()).open).toMatchObject([{ object: subscription.id, amount_minor: 2000 }]);
    expect((await control.books()).moved[0]?.because_of.slice(-1)).toEqual([subscription.id]);
    await stripe.subscriptions.cancel(subscription.id);
    await control.advance(90 * DAY_MS);
    expect(await charged(bench)).toHaveLength(14);
  });

  it("a declined first payment leaves a live intent, which activates it when it is paid", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const method = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: "cus_demo_bob",
    });
    const subscription = await subscribe(bench, await monthly(bench, 20), {
      default_payment_method: method.id,
      expand: ["latest_invoice.confirmation_secret"],
    });
    expect(subscription.status).toBe("incomplete");
    const invoice = subscription.latest_invoice as Stripe.Invoice;
    expect((await control.books()).open.map(({ kind }) => kind)).toEqual(["invoice", "subscription"]);
    await control.pay({ what: String(invoice.confirmation_secret?.client_secret) });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe("active");
  });

  it("payment_behavior: nothing is made, or nothing is tried and it expires after 23 hours", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const method = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: "cus_demo_bob",
    });
    const price = await monthly(bench, 20);
    const refused = subscribe(bench, price, {
      default_payment_method: method.id,
      payment_behavior: "error_if_incomplete",
    });
    expect(await rejection(refused)).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect((await stripe.subscriptions.list({ status: "all" })).data).toEqual([]);
    expect((await control.books()).open).toEqual([]);
    const waiting = await subscribe(bench, price, { payment_behavior: "default_incomplete" });
    expect(waiting.status).toBe("incomplete");
    await control.advance(23 * 60 * 60 * 1000);
    expect((await stripe.subscriptions.retrieve(waiting.id)).status).toBe("incomplete_expired");
    expect(await control.books()).toMatchObject({ moved: [], open: [] });
  });

  it("a trial costs nothing, and its end does", async () => {
    await using bench = await startInJanuary();
    const subscription = await subscribe(bench, await monthly(bench, 20), { trial_period_days: 14 });
    expect(subscription.status).toBe("trialing");
    await bench.control.advance(13 * DAY_MS);
    expect(await charged(bench)).toEqual([]);
    await bench.control.advance(2 * DAY_MS);
    expect(await charged(bench)).toEqual([2000]);
    expect((await bench.stripe.subscriptions.retrieve(subscription.id)).status).toBe("active");
  });

  it("a change is prorated: on the next invoice, at once, or not at all", async () => {
    await using bench = await startInJanuary();
    const { stripe, control } = bench;
    const [small, large] = [await monthly(bench, 31), await monthly(bench, 62)];
    const subscription = await subscribe(bench, small);
    const item = String(subscription.items.data[0]?.id);
    await control.advance(15.5 * DAY_MS);
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price: large }],
      proration_behavior: "always_invoice",
    });
    expect(await charged(bench)).toEqual([3100, 1550]);
    await stripe.subscriptionItems.update(item, { quantity: 2 });
    const pending = (await stripe.invoiceItems.list({ pending: true })).data.map(({ amount }) => amount);
    expect(pending.sort((a, b) => a - b)).toEqual([-3100, 6200]);
    await stripe.subscriptionItems.update(item, { quantity: 3, proration_behavior: "none" });
    await control.advance(15.5 * DAY_MS + 60 * 60 * 1000);
    expect((await charged(bench)).at(-1)).toBe(3 * 6200 + 3100);
  });

  it("invoice items and tax rates wait for the next invoice; a discount can be taken away", async () => {
    await using bench = await startInJanuary();
    const { stripe, control } = bench;
    const rate = await stripe.taxRates.create({ display_name: "VAT", percentage: 10, inclusive: false });
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: "forever" });
    const subscription = await subscribe(bench, await monthly(bench, 20), {
      default_tax_rates: [rate.id],
      discounts: [{ coupon: coupon.id }],
    });
    expect(await charged(bench)).toEqual([1100]);
    await stripe.invoiceItems.create({ subscription: subscription.id, amount: 1000 });
    await stripe.subscriptions.deleteDiscount(subscription.id);
    await control.advance(31 * DAY_MS + 60 * 60 * 1000);
    expect(await charged(bench)).toEqual([1100, 3300]);
  });

  it("a failed renewal makes it past due; cancel_at_period_end ends it", async () => {
    await using bench = await startInJanuary();
    const { stripe, control } = bench;
    const price = await monthly(bench, 20);
    const failing = await subscribe(bench, price);
    const ending = await subscribe(bench, price, { cancel_at_period_end: true });
    const method = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
      customer: "cus_demo_bob",
    });
    await stripe.subscriptions.update(failing.id, { default_payment_method: method.id });
    await control.advance(31 * DAY_MS + 60 * 60 * 1000);
    expect((await stripe.subscriptions.retrieve(failing.id)).status).toBe("past_due");
    expect((await stripe.subscriptions.retrieve(ending.id)).status).toBe("canceled");
    expect(await charged(bench)).toEqual([2000, 2000]);
  });

  it("a schedule starts one when its time has come, changes what it sells, and ends it", async () => {
    await using bench = await startInJanuary();
    const { stripe, control } = bench;
    const [small, large] = [await monthly(bench, 10), await monthly(bench, 30)];
    const month = { interval: "month", interval_count: 1 } as const;
    const schedule = await stripe.subscriptionSchedules.create({
      customer: "cus_demo_bob",
      start_date: START / 1000 + 24 * 60 * 60,
      end_behavior: "cancel",
      phases: [
        { items: [{ price: small, quantity: 1 }], duration: month },
        { items: [{ price: large, quantity: 1 }], duration: month },
      ],
    });
    expect(schedule).toMatchObject({ status: "not_started", subscription: null });
    expect((await control.books()).open).toMatchObject([{ object: schedule.id }]);
    await control.advance(90 * DAY_MS);
    expect((await stripe.subscriptionSchedules.retrieve(schedule.id)).status).toBe("completed");
    expect(await charged(bench)).toEqual([1000, 3000]);
    expect((await stripe.subscriptions.list({ status: "all" })).data).toMatchObject([{ status: "canceled" }]);
  });
});
