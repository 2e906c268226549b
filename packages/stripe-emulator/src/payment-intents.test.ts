import { describe, expect, it } from "vitest";
import { rejection, startBench } from "./test-support.ts";

describe("payment intents", () => {
  it("goes from requires_payment_method to succeeded step by step", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const created = await stripe.paymentIntents.create({
      amount: 1099,
      currency: "usd",
      customer: "cus_demo_bob",
    });
    expect(created).toMatchObject({ status: "requires_payment_method", amount_received: 0 });
    expect(created.client_secret).toContain(`${created.id}_secret_`);
    const method = await stripe.paymentMethods.attach("pm_card_mastercard", { customer: "cus_demo_bob" });
    const updated = await stripe.paymentIntents.update(created.id, {
      amount: 1200,
      payment_method: method.id,
      metadata: { k: "v" },
    });
    expect(updated).toMatchObject({ status: "requires_confirmation", amount: 1200, metadata: { k: "v" } });
    const confirmed = await stripe.paymentIntents.confirm(created.id);
    expect(confirmed).toMatchObject({
      status: "succeeded",
      amount_received: 1200,
      payment_method: method.id,
    });
    const charge = await stripe.charges.retrieve(String(confirmed.latest_charge));
    expect(charge).toMatchObject({ amount: 1200, payment_intent: created.id, customer: "cus_demo_bob" });
    expect(charge.payment_method_details?.card?.brand).toBe("mastercard");
    expect(await rejection(stripe.paymentIntents.confirm(created.id))).toMatchObject({
      statusCode: 400,
      code: "payment_intent_unexpected_state",
    });
    expect(await rejection(stripe.paymentIntents.cancel(created.id))).toMatchObject({
      code: "payment_intent_unexpected_state",
    });
    expect(await rejection(stripe.paymentIntents.update(created.id, { amount: 5000 }))).toMatchObject({
      code: "payment_intent_unexpected_state",
    });
  });

  it("pays with the customer's default source when no payment method is given", async () => {
    await using bench = await startBench();
    const intent = await bench.stripe.paymentIntents.create({
      amount: 700,
      currency: "usd",
      customer: "cus_demo_alice",
      confirm: true,
    });
    expect(intent.status).toBe("succeeded");
    const bare = bench.stripe.paymentIntents.create({ amount: 700, currency: "usd", confirm: true });
    expect(await rejection(bare)).toMatchObject({ code: "payment_intent_unexpected_state" });
  });

  it("authorises, captures a part, and releases the rest", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const held = await stripe.paymentIntents.create({
      amount: 1000,
      currency: "usd",
      payment_method: "pm_card_visa",
      capture_method: "manual",
      confirm: true,
    });
    expect(held).toMatchObject({ status: "requires_capture", amount_capturable: 1000, amount_received: 0 });
    const over = await rejection(stripe.paymentIntents.capture(held.id, { amount_to_capture: 1001 }));
    expect(over).toMatchObject({ statusCode: 400, param: "amount_to_capture" });
    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 400 });
    expect(captured).toMatchObject({ status: "succeeded", amount_received: 400, amount_capturable: 0 });
    expect((await control.summary()).currencies).toEqual({
      usd: { charged: 1000, captured: 400, refunded: 0 },
    });
  });

  it("releases an authorisation when it is cancelled", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const held = await stripe.paymentIntents.create({
      amount: 1000,
      currency: "usd",
      payment_method: "pm_card_visa",
      capture_method: "manual",
      confirm: true,
    });
    const refund = await rejection(stripe.refunds.create({ payment_intent: held.id }));
    expect(refund).toMatchObject({ code: "payment_intent_unexpected_state" });
    const canceled = await stripe.paymentIntents.cancel(held.id, { cancellation_reason: "abandoned" });
    expect(canceled).toMatchObject({
      status: "canceled",
      cancellation_reason: "abandoned",
      amount_capturable: 0,
    });
    expect(await stripe.charges.retrieve(String(held.latest_charge))).toMatchObject({ refunded: true });
    expect((await control.summary()).currencies).toEqual({
      usd: { charged: 1000, captured: 0, refunded: 0 },
    });
  });

  it.each(["pm_card_chargeDeclined", "pm_card_visa_chargeDeclined"])(
    "%s declines with the intent in the error",
    async (method) => {
      await using bench = await startBench();
      const { stripe } = bench;
      const error = await rejection(
        stripe.paymentIntents.create({ amount: 800, currency: "usd", payment_method: method, confirm: true }),
      );
      expect(error).toMatchObject({
        type: "StripeCardError",
        statusCode: 402,
        decline_code: "generic_decline",
      });
      const intent = await stripe.paymentIntents.retrieve(String(error.payment_intent?.id));
      expect(intent).toMatchObject({
        status: "requires_payment_method",
        payment_method: null,
        last_payment_error: { code: "card_declined", type: "card_error" },
      });
      const retried = await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa" });
      expect(retried).toMatchObject({ status: "succeeded", last_payment_error: null });
      expect(
        (await stripe.charges.list({ payment_intent: intent.id })).data.map(({ status }) => status),
      ).toEqual(["succeeded", "failed"]);
    },
  );

  it("asks for authentication when somebody is there, declines when nobody is", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const present = await stripe.paymentIntents.create({
      amount: 800,
      currency: "usd",
      payment_method: "pm_card_authenticationRequired",
      confirm: true,
      return_url: "https://example.com/back",
    });
    expect(present).toMatchObject({ status: "requires_action", next_action: { type: "redirect_to_url" } });
    const absent = stripe.paymentIntents.create({
      amount: 800,
      currency: "usd",
      payment_method: "pm_card_authenticationRequired",
      confirm: true,
      off_session: true,
    });
    expect(await rejection(absent)).toMatchObject({ statusCode: 402, code: "authentication_required" });
    expect((await stripe.paymentIntents.cancel(present.id)).status).toBe("canceled");
  });

  it("does not take another customer's payment method, or a used one", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const method = await stripe.paymentMethods.attach("pm_card_visa", { customer: "cus_demo_alice" });
    const foreign = stripe.paymentIntents.create({
      amount: 800,
      currency: "usd",
      customer: "cus_demo_bob",
      payment_method: method.id,
    });
    expect(await rejection(foreign)).toMatchObject({ statusCode: 400, param: "payment_method" });
    const loose = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
    const pay = () =>
      stripe.paymentIntents.create({ amount: 800, currency: "usd", payment_method: loose.id, confirm: true });
    expect((await pay()).status).toBe("succeeded");
    expect((await rejection(pay())).message).toContain("may not be used again");
  });
});
