import { describe, expect, it } from "vitest";
import { type Bench, rejection, startBench } from "./test-support.ts";

const HOUR_MS = 60 * 60 * 1000;

function hats(quantity: number) {
  const product_data = { name: "Hat" };
  return [{ price_data: { currency: "usd", unit_amount: 1000, product_data }, quantity }];
}

function open(bench: Bench, options: object = {}) {
  return bench.stripe.checkout.sessions.create({
    mode: "payment",
    line_items: hats(3),
    success_url: "https://example.com",
    ...options,
  });
}

describe("checkout sessions", () => {
  it("are paid by whoever opens the page, tax and all", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const session = await open(bench, { automatic_tax: { enabled: true } });
    expect(session).toMatchObject({ status: "open", amount_total: 3600, payment_intent: null });
    expect((await control.books()).open).toMatchObject([{ object: session.id, amount_minor: 3600 }]);
    const declined = await control.pay({ what: session.id, payment_method: "pm_card_chargeDeclined" });
    expect(declined).toMatchObject({ paid: false, refusal: "card_declined" });
    expect(await control.pay({ what: session.id })).toMatchObject({ paid: true, status: "complete" });
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["line_items"] });
    expect(paid).toMatchObject({ payment_status: "paid", line_items: { data: [{ quantity: 3 }] } });
    const { moved } = await control.books();
    expect(moved).toMatchObject([{ amount_minor: 3600, because_of: [paid.payment_intent, session.id] }]);
    expect(await control.pay({ what: session.id })).toMatchObject({ paid: false });
  });

  it("expire, and with recovery leave a link to a payable copy for 30 days", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const plain = await open(bench);
    const recoverable = await open(bench, { after_expiration: { recovery: { enabled: true } } });
    await control.advance(24 * HOUR_MS);
    expect(await control.pay({ what: plain.id })).toMatchObject({ paid: false });
    const expired = await stripe.checkout.sessions.retrieve(recoverable.id);
    expect(expired.status).toBe("expired");
    expect((await control.books()).open).toMatchObject([{ object: recoverable.id, status: "expired" }]);
    const url = String(expired.after_expiration?.recovery?.url);
    for (let count = 0; count < 2; count += 1) {
      expect(await control.pay({ what: url })).toMatchObject({ paid: true, status: "complete" });
    }
    expect((await control.books()).moved).toHaveLength(2);
    await control.advance(30 * 24 * HOUR_MS);
    expect(await control.pay({ what: url })).toMatchObject({ paid: false });
  });

  it("are expired by request, once", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const session = await open(bench);
    expect((await stripe.checkout.sessions.expire(session.id)).status).toBe("expired");
    expect(await rejection(stripe.checkout.sessions.expire(session.id))).toMatchObject({ statusCode: 400 });
    const wrong = open(bench, { mode: "subscription" });
    expect(await rejection(wrong)).toMatchObject({ param: "mode" });
    expect(await rejection(open(bench, { expires_at: 1 }))).toMatchObject({ param: "expires_at" });
    expect(await rejection(open(bench, { colour: "red" }))).toMatchObject({ code: "parameter_unknown" });
  });

  it("start a subscription, which goes on without the page", async () => {
    await using bench = await startBench({ clock: () => Date.UTC(2026, 0, 1) });
    const { stripe, control } = bench;
    const price = await stripe.prices.create({
      unit_amount: 2000,
      currency: "usd",
      recurring: { interval: "month" },
      product_data: { name: "Plan" },
    });
    const session = await stripe.checkout.sessions.create({
      mode: "subscription",
      line_items: [{ price: price.id, quantity: 1 }],
      success_url: "https://example.com",
    });
    await control.pay({ what: session.id });
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["subscription"] });
    expect(paid).toMatchObject({ subscription: { status: "active" }, payment_status: "paid" });
    await control.advance(31 * 24 * HOUR_MS + HOUR_MS);
    expect((await control.books()).moved.map(({ amount_minor }) => amount_minor)).toEqual([2000, 2000]);
  });

  it("with a bank account they complete unpaid, and are paid when the bank has answered", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const session = await open(bench);
    await control.pay({ what: session.id, payment_method: "pm_usBankAccount_success" });
    const unpaid = await stripe.checkout.sessions.retrieve(session.id);
    expect(unpaid).toMatchObject({ status: "complete", payment_status: "unpaid" });
    await control.settle({ payment_intent: String(unpaid.payment_intent), outcome: "succeeded" });
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe("paid");
  });

  it("take a promotion code where the page allows it", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const coupon = await stripe.coupons.create({ percent_off: 100 });
    await stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: "FREE" });
    const closed = await open(bench);
    expect(await control.pay({ what: closed.id, promotion_code: "FREE" })).toMatchObject({ paid: false });
    const allowing = await open(bench, { allow_promotion_codes: true });
    expect(await control.pay({ what: allowing.id, promotion_code: "free" })).toMatchObject({ paid: true });
    expect((await control.books()).moved).toEqual([]);
  });
});

describe("payment links", () => {
  it("are paid again and again, as many as the payer likes, until they are switched off", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const price = await stripe.prices.create({
      unit_amount: 1000,
      currency: "usd",
      product_data: { name: "Hat" },
    });
    const link = await stripe.paymentLinks.create({
      line_items: [{ price: price.id, quantity: 1, adjustable_quantity: { enabled: true } }],
    });
    expect((await control.books()).open).toMatchObject([{ object: link.id, amount_minor: 1000 }]);
    await control.pay({ what: link.id });
    await control.pay({ what: link.id, quantity: 5 });
    const { moved } = await control.books();
    expect(moved.map(({ amount_minor }) => amount_minor)).toEqual([1000, 5000]);
    expect(moved[0]?.because_of.at(-1)).toBe(link.id);
    await stripe.paymentLinks.update(link.id, { active: false });
    expect(await control.pay({ what: link.id })).toMatchObject({ paid: false });
    expect((await stripe.checkout.sessions.list({ payment_link: link.id })).data).toHaveLength(2);
  });

  it("keep to their limit", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const price = await stripe.prices.create({
      unit_amount: 1000,
      currency: "usd",
      product_data: { name: "Hat" },
    });
    const link = await stripe.paymentLinks.create({
      line_items: [{ price: price.id, quantity: 2 }],
      restrictions: { completed_sessions: { limit: 1 } },
    });
    expect(await control.pay({ what: link.id, quantity: 9 })).toMatchObject({ paid: true });
    expect(await control.pay({ what: link.id })).toMatchObject({ paid: false });
    expect((await control.books()).moved).toMatchObject([{ amount_minor: 2000 }]);
  });
});
