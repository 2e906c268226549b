import { describe, expect, it } from "vitest";
import { rejection, startBench } from "./test-support.ts";

describe("what a decline leaves alive", () => {
  it("a payment intent that its client_secret can pay later, without any API key", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const error = await rejection(
      stripe.paymentIntents.create({
        amount: 10_000,
        currency: "usd",
        payment_method: "pm_card_chargeDeclined",
        confirm: true,
      }),
    );
    expect(error.statusCode).toBe(402);
    const intent = error.payment_intent;
    expect(intent).toMatchObject({ status: "requires_payment_method", amount: 10_000 });
    const before = await control.books();
    expect(before.moved).toEqual([]);
    expect(before.open).toEqual([
      expect.objectContaining({ object: intent?.id, kind: "payment_intent", amount_minor: 10_000 }),
    ]);
    const paid = await control.pay({ what: String(intent?.client_secret) });
    expect(paid).toEqual({ paid: true, object: intent?.id, status: "succeeded", refusal: null });
    const after = await control.books();
    expect(after.open).toEqual([]);
    expect(after.moved).toMatchObject([{ kind: "charge", amount_minor: 10_000, because_of: [intent?.id] }]);
  });

  it("is paid by nobody who does not have the secret, and not after it is cancelled", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
    expect(await control.pay({ what: intent.id })).toMatchObject({ paid: false });
    const declined = await control.pay({
      what: String(intent.client_secret),
      payment_method: "pm_card_chargeDeclinedInsufficientFunds",
    });
    expect(declined).toMatchObject({ paid: false, refusal: "card_declined" });
    await stripe.paymentIntents.cancel(intent.id);
    expect(await control.pay({ what: String(intent.client_secret) })).toMatchObject({
      paid: false,
      refusal: "payment_intent_unexpected_state",
    });
    expect((await control.books()).open).toEqual([]);
  });

  it("a payer passes the authentication that the API asked for", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const intent = await stripe.paymentIntents.create({
      amount: 800,
      currency: "usd",
      payment_method: "pm_card_authenticationRequired",
      confirm: true,
    });
    expect(intent.status).toBe("requires_action");
    expect(await control.pay({ what: String(intent.client_secret) })).toMatchObject({ status: "succeeded" });
  });

  it("a setup intent, which keeps the payer's next card", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const error = await rejection(
      stripe.setupIntents.create({
        customer: "cus_demo_bob",
        payment_method: "pm_card_chargeDeclined",
        confirm: true,
      }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect(error.setup_intent).toMatchObject({ status: "requires_payment_method" });
    const paid = await control.pay({ what: String(error.setup_intent?.client_secret) });
    expect(paid).toMatchObject({ paid: true, status: "succeeded" });
    expect((await stripe.paymentMethods.list({ customer: "cus_demo_bob" })).data).toHaveLength(1);
    const done = stripe.setupIntents.cancel(String(error.setup_intent?.id));
    expect(await rejection(done)).toMatchObject({ code: "setup_intent_unexpected_state" });
  });

  it("an authorisation, until seven days have passed", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const intent = await stripe.paymentIntents.create({
      amount: 900,
      currency: "usd",
      payment_method: "pm_card_visa",
      capture_method: "manual",
      confirm: true,
    });
    const charge = await stripe.charges.create({
      amount: 700,
      currency: "usd",
      source: "tok_visa",
      capture: false,
    });
    expect((await control.books()).open.map(({ kind, amount_minor }) => [kind, amount_minor])).toEqual([
      ["payment_intent", 900],
      ["charge", 700],
    ]);
    await control.advance(7 * 24 * 60 * 60 * 1000);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: "canceled",
      cancellation_reason: "automatic",
    });
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ refunded: true, captured: false });
    expect(await control.books()).toMatchObject({ moved: [], open: [] });
  });
});

describe("bank accounts", () => {
  it("are processing until the bank answers", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const pay = () =>
      stripe.paymentIntents.create({
        amount: 5000,
        currency: "usd",
        payment_method: "pm_usBankAccount_success",
        confirm: true,
      });
    const [first, second] = [await pay(), await pay()];
    expect(first).toMatchObject({ status: "processing", amount_received: 0 });
    expect(await stripe.charges.retrieve(String(first.latest_charge))).toMatchObject({
      status: "pending",
      paid: false,
    });
    expect((await control.books()).moved).toEqual([]);
    await control.settle({ payment_intent: first.id, outcome: "succeeded" });
    await control.settle({ payment_intent: second.id, outcome: "failed" });
    expect(await stripe.paymentIntents.retrieve(first.id)).toMatchObject({
      status: "succeeded",
      amount_received: 5000,
    });
    expect(await stripe.paymentIntents.retrieve(second.id)).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "payment_method_provider_decline" },
    });
    await expect(control.settle({ payment_intent: first.id, outcome: "failed" })).rejects.toThrow("400");
    expect((await control.books()).totals).toEqual({ acct_1KeybrakeEmulator: { usd: { charge: 5000 } } });
    expect((await stripe.refunds.create({ payment_intent: first.id })).status).toBe("pending");
  });

  it("of SEPA too", async () => {
    await using bench = await startBench();
    const intent = await bench.stripe.paymentIntents.create({
      amount: 5000,
      currency: "eur",
      payment_method_data: {
        type: "sepa_debit",
        sepa_debit: { iban: "AT611904300234573201" },
        billing_details: { email: "a@example.com", name: "A" },
      },
      confirm: true,
    });
    expect(intent.status).toBe("processing");
  });
});

describe("authorisations", () => {
  it("are raised when the intent was made for it", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const hold = (options: object) =>
      stripe.paymentIntents.create({
        amount: 1000,
        currency: "usd",
        payment_method: "pm_card_visa",
        capture_method: "manual",
        confirm: true,
        ...options,
      });
    const raised = await hold({
      payment_method_options: { card: { request_incremental_authorization: "if_available" } },
    });
    const answer = await stripe.paymentIntents.incrementAuthorization(raised.id, { amount: 1500 });
    expect(answer).toMatchObject({ amount: 1500, amount_capturable: 1500, status: "requires_capture" });
    expect(await stripe.paymentIntents.capture(raised.id)).toMatchObject({ amount_received: 1500 });
    const fixed = await hold({});
    const refused = stripe.paymentIntents.incrementAuthorization(fixed.id, { amount: 1500 });
    expect(await rejection(refused)).toMatchObject({ statusCode: 400 });
    expect((await control.summary()).currencies.usd).toMatchObject({ charged: 2500, captured: 1500 });
  });
});

describe("disputes", () => {
  it("take a charge's money back, and bring it again when they are won", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const charge = await stripe.charges.create({ amount: 3000, currency: "usd", customer: "cus_demo_alice" });
    const dispute = await control.dispute({ charge: charge.id, reason: "product_not_received" });
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      amount: 3000,
      status: "needs_response",
      reason: "product_not_received",
    });
    expect(await rejection(stripe.refunds.create({ charge: charge.id }))).toMatchObject({
      code: "charge_disputed",
    });
    expect((await control.books()).moved.map(({ kind }) => kind)).toEqual(["charge", "dispute"]);
    await stripe.disputes.update(dispute.id, { evidence: { product_description: "a hat" } });
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe("under_review");
    await control.endDispute(dispute.id, "won");
    expect((await control.books()).moved.map(({ kind }) => kind)).toEqual(["charge"]);
    expect(await rejection(stripe.disputes.close(dispute.id))).toMatchObject({ statusCode: 400 });
  });

  it("tok_createDispute makes one, and closing it loses it", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const charge = await stripe.charges.create({
      amount: 3000,
      currency: "usd",
      source: "tok_createDispute",
    });
    const [dispute] = (await stripe.disputes.list({ charge: charge.id })).data;
    expect(await stripe.disputes.close(String(dispute?.id))).toMatchObject({ status: "lost" });
  });
});
