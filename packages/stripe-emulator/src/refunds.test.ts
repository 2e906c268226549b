import { describe, expect, it } from "vitest";
import { rejection, startBench } from "./test-support.ts";

describe("refunds", () => {
  it("refunds in parts up to the charge and never beyond", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const charge = await stripe.charges.create({ amount: 1000, currency: "usd", customer: "cus_demo_alice" });
    const part = await stripe.refunds.create({
      charge: charge.id,
      amount: 600,
      reason: "duplicate",
      metadata: { a: "b" },
    });
    expect(part).toMatchObject({
      amount: 600,
      status: "succeeded",
      reason: "duplicate",
      metadata: { a: "b" },
    });
    const over = await rejection(stripe.refunds.create({ charge: charge.id, amount: 600 }));
    expect(over).toMatchObject({ statusCode: 400, param: "amount" });
    expect(over.code).toBeUndefined();
    expect(over.message).toBe("Refund amount ($6.00) is greater than unrefunded amount on charge ($4.00)");
    const rest = await stripe.refunds.create({ charge: charge.id });
    expect(rest.amount).toBe(400);
    const none = await rejection(stripe.refunds.create({ charge: charge.id }));
    expect(none).toMatchObject({ statusCode: 400, code: "charge_already_refunded" });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ amount_refunded: 1000, refunded: true });
    const transaction = await stripe.balanceTransactions.retrieve(String(part.balance_transaction));
    expect(transaction).toMatchObject({ amount: -600, fee: 0, net: -600, source: part.id });
    expect((await stripe.balance.retrieve()).pending[0]?.amount).toBe(-59);
    expect(await control.summary()).toEqual({
      charges: { created: 1, succeeded: 1, failed: 0 },
      payment_intents: { created: 0, succeeded: 0, canceled: 0 },
      refunds: { created: 2 },
      currencies: { usd: { charged: 1000, captured: 1000, refunded: 1000 } },
      customers: {
        cus_demo_alice: {
          charges: 1,
          refunds: 2,
          currencies: { usd: { charged: 1000, captured: 1000, refunded: 1000 } },
        },
      },
    });
  });

  it("finds refunds by charge and by payment intent", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const intent = await stripe.paymentIntents.create({
      amount: 900,
      currency: "usd",
      payment_method: "pm_card_visa",
      confirm: true,
    });
    const byIntent = await stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
    const charge = await stripe.charges.create({ amount: 800, currency: "usd", source: "tok_visa" });
    const byCharge = await stripe.refunds.create({ charge: charge.id });
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data.map(({ id }) => id)).toEqual([
      byIntent.id,
    ]);
    expect((await stripe.refunds.list({ charge: charge.id })).data.map(({ id }) => id)).toEqual([
      byCharge.id,
    ]);
    expect((await stripe.refunds.list()).data.map(({ id }) => id)).toEqual([byCharge.id, byIntent.id]);
    expect(await stripe.refunds.retrieve(byCharge.id)).toMatchObject({ charge: charge.id });
  });

  it("releases an authorisation as a whole and moves no money", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const held = await stripe.charges.create({
      amount: 1000,
      currency: "usd",
      source: "tok_visa",
      capture: false,
    });
    const part = await rejection(stripe.refunds.create({ charge: held.id, amount: 100 }));
    expect(part.message).toContain("You cannot partially refund an uncaptured charge");
    const released = await stripe.refunds.create({ charge: held.id });
    expect(released).toMatchObject({ amount: 1000, balance_transaction: null });
    expect((await control.summary()).currencies).toEqual({
      usd: { charged: 1000, captured: 0, refunded: 0 },
    });
    expect(await rejection(stripe.charges.capture(held.id))).toMatchObject({
      code: "charge_already_refunded",
    });
  });

  it("refuses a disputed charge, a failed charge and an intent without a charge", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const disputed = await stripe.charges.create({
      amount: 500,
      currency: "usd",
      source: "tok_createDispute",
    });
    expect(await rejection(stripe.refunds.create({ charge: disputed.id }))).toMatchObject({
      code: "charge_disputed",
    });
    const declined = await rejection(
      stripe.charges.create({ amount: 500, currency: "usd", source: "tok_chargeDeclined" }),
    );
    expect(await rejection(stripe.refunds.create({ charge: String(declined.charge) }))).toMatchObject({
      statusCode: 400,
    });
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
    const error = await rejection(stripe.refunds.create({ payment_intent: intent.id }));
    expect(error.message).toContain("does not have a successful charge to refund");
    expect(await rejection(stripe.refunds.create({ charge: "ch_nope" }))).toMatchObject({
      statusCode: 400,
      param: "charge",
      code: "resource_missing",
    });
  });
});
