import { describe, expect, it } from "vitest";
import { rejection, startBench } from "./test-support.ts";

describe("charges through the official client", () => {
  it("charges a customer's default source and books it", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const charge = await stripe.charges.create({
      amount: 2500,
      currency: "USD",
      customer: "cus_demo_alice",
      description: "June",
      metadata: { order: "7" },
    });
    expect(charge).toMatchObject({
      amount: 2500,
      amount_captured: 2500,
      currency: "usd",
      customer: "cus_demo_alice",
      description: "June",
      metadata: { order: "7" },
      paid: true,
      status: "succeeded",
    });
    expect(charge.id).toMatch(/^ch_3\w{23}$/);
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ id: charge.id, amount: 2500 });
    const transaction = await stripe.balanceTransactions.retrieve(String(charge.balance_transaction));
    expect(transaction).toMatchObject({
      amount: 2500,
      fee: 103,
      net: 2397,
      source: charge.id,
      type: "charge",
    });
    const balance = await stripe.balance.retrieve();
    expect(balance.pending).toEqual([{ amount: 2397, currency: "usd", source_types: { card: 2397 } }]);
  });

  it("moves money from pending to available when its day comes", async () => {
    let now = Date.UTC(2026, 0, 10, 12);
    await using bench = await startBench({ clock: () => now });
    const { stripe } = bench;
    const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
    const transactionId = String(charge.balance_transaction);
    expect((await stripe.balanceTransactions.retrieve(transactionId)).status).toBe("pending");
    now = Date.UTC(2026, 0, 13);
    expect((await stripe.balanceTransactions.retrieve(transactionId)).status).toBe("available");
    const balance = await stripe.balance.retrieve();
    expect(balance.available[0]?.amount).toBe(941);
    expect(balance.pending[0]?.amount).toBe(0);
  });

  it("captures part of an authorisation and releases the rest", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const held = await stripe.charges.create({
      amount: 1000,
      currency: "usd",
      source: "tok_visa",
      capture: false,
    });
    expect(held).toMatchObject({ captured: false, amount_captured: 0, balance_transaction: null });
    const tooMuch = await rejection(stripe.charges.capture(held.id, { amount: 1001 }));
    expect(tooMuch).toMatchObject({ statusCode: 400, code: "amount_too_large", param: "amount" });
    const captured = await stripe.charges.capture(held.id, { amount: 700 });
    expect(captured).toMatchObject({
      captured: true,
      amount_captured: 700,
      amount_refunded: 300,
      refunded: false,
    });
    const again = await rejection(stripe.charges.capture(held.id));
    expect(again).toMatchObject({ statusCode: 400, code: "charge_already_captured" });
  });

  it("sets and unsets metadata and text on update", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const { id } = await stripe.charges.create({
      amount: 500,
      currency: "usd",
      source: "tok_visa",
      description: "x",
      metadata: { a: "1", b: "2" },
    });
    const merged = await stripe.charges.update(id, { description: "", metadata: { a: "", c: "3" } });
    expect(merged.metadata).toEqual({ b: "2", c: "3" });
    expect(merged.description).toBeNull();
    expect((await stripe.charges.update(id, { metadata: "" })).metadata).toEqual({});
  });
});

describe("declines", () => {
  it.each([
    ["tok_chargeDeclined", "card_declined", "generic_decline"],
    ["tok_visa_chargeDeclined", "card_declined", "generic_decline"],
    ["tok_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"],
    ["tok_chargeDeclinedFraudulent", "card_declined", "fraudulent"],
    ["tok_chargeDeclinedExpiredCard", "expired_card", ""],
    ["tok_chargeDeclinedIncorrectCvc", "incorrect_cvc", ""],
    ["tok_chargeDeclinedProcessingError", "processing_error", ""],
    ["tok_threeDSecure2Required", "authentication_required", "authentication_required"],
  ])("%s is a 402 %s with a failed charge", async (source, code, declineCode) => {
    await using bench = await startBench();
    const { stripe } = bench;
    const error = await rejection(stripe.charges.create({ amount: 500, currency: "usd", source }));
    expect(error).toMatchObject({ type: "StripeCardError", statusCode: 402, code });
    expect(error.decline_code).toBe(declineCode);
    const failed = await stripe.charges.retrieve(String(error.charge));
    expect(failed).toMatchObject({
      status: "failed",
      paid: false,
      failure_code: code,
      balance_transaction: null,
    });
  });

  it("a customer may hold a card that fails later, and no card that declines at once", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const customer = await stripe.customers.create({ source: "tok_chargeCustomerFail" });
    const charge = stripe.charges.create({ amount: 500, currency: "usd", customer: customer.id });
    expect(await rejection(charge)).toMatchObject({ statusCode: 402, decline_code: "generic_decline" });
    const refused = await rejection(stripe.customers.create({ source: "tok_chargeDeclined" }));
    expect(refused).toMatchObject({ statusCode: 402, code: "card_declined" });
    expect((await stripe.customers.list({ limit: 100 })).data).toHaveLength(4);
  });

  it("a customer without a card cannot be charged", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const { id } = await stripe.customers.create({ email: "none@example.com" });
    const error = await rejection(stripe.charges.create({ amount: 500, currency: "usd", customer: id }));
    expect(error).toMatchObject({
      statusCode: 402,
      code: "missing",
      message: "Cannot charge a customer that has no active card",
    });
  });
});

describe("what Stripe refuses", () => {
  it.each([
    [
      "amount=49&currency=usd&source=tok_visa",
      "amount_too_small",
      "amount",
      "Amount must be at least 50 cents",
    ],
    [
      "amount=100000000&currency=usd&source=tok_visa",
      "amount_too_large",
      "amount",
      "Amount must be no more than $999,999.99",
    ],
    [
      "amount=ten&currency=usd&source=tok_visa",
      "parameter_invalid_integer",
      "amount",
      "Invalid integer: ten",
    ],
    ["amount=&currency=usd&source=tok_visa", "parameter_invalid_empty", "amount", undefined],
    ["currency=usd&source=tok_visa", "parameter_missing", "amount", "Missing required param: amount."],
    [
      "amount=500&currency=usd&source=tok_visa&amont=1",
      "parameter_unknown",
      "amont",
      "Received unknown parameter: amont",
    ],
    ["amount=500&currency=usd", "parameter_missing", undefined, "Must provide source or customer."],
    ["amount=500&currency=xyz&source=tok_visa", undefined, "currency", undefined],
    ["amount=500&currency=usd&source=tok_nope", "resource_missing", "source", "No such token: 'tok_nope'"],
    ["amount=500&currency=usd&customer=cus_x", "resource_missing", "customer", "No such customer: 'cus_x'"],
    [
      "amount=500&currency=usd&source=tok_visa&radar_options[session]=x",
      undefined,
      "radar_options",
      undefined,
    ],
    [
      "amount=500&currency=usd&source=tok_visa&transfer_data[destination]=acct_1",
      "resource_missing",
      "transfer_data[destination]",
      undefined,
    ],
    ["amount=500&currency=usd&source=tok_visa&expand[]=amount", undefined, "expand", undefined],
    ["amount=500&currency=usd&source=tok_visa&capture=maybe", undefined, "capture", undefined],
  ])("%s", async (body, code, param, message) => {
    await using bench = await startBench();
    const answer = await bench.request("POST", "/v1/charges", { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.type).toBe("invalid_request_error");
    expect(answer.body.error.code).toBe(code);
    expect(answer.body.error.param).toBe(param);
    if (message !== undefined) expect(answer.body.error.message).toBe(message);
    expect((await bench.control.summary()).charges.created).toBe(0);
  });

  it("answers 404 resource_missing for an unknown object in the path", async () => {
    await using bench = await startBench();
    const answer = await bench.request("GET", "/v1/charges/ch_nope");
    expect(answer.status).toBe(404);
    expect(answer.body.error).toEqual({
      type: "invalid_request_error",
      code: "resource_missing",
      message: "No such charge: 'ch_nope'",
      param: "id",
      doc_url: "https://stripe.com/docs/error-codes/resource-missing",
    });
  });
});
