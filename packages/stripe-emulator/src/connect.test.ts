import { describe, expect, it } from "vitest";
import { type Bench, newClient, rejection, startBench } from "./test-support.ts";

const SELLER = "acct_1DemoSeller";
const PLATFORM = "acct_1KeybrakeEmulator";

async function totals(bench: Bench) {
  return (await bench.control.books()).totals;
}

describe("destination charges", () => {
  it("hand the money on, less the platform's fee, and move both balances", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const intent = await stripe.paymentIntents.create({
      amount: 10_000,
      currency: "usd",
      payment_method: "pm_card_bypassPending",
      confirm: true,
      application_fee_amount: 1000,
      on_behalf_of: SELLER,
      transfer_data: { destination: SELLER },
    });
    const charge = await stripe.charges.retrieve(String(intent.latest_charge), {
      expand: ["transfer", "application_fee"],
    });
    expect(charge).toMatchObject({
      on_behalf_of: SELLER,
      transfer: { amount: 10_000, destination: SELLER },
      application_fee: { amount: 1000, account: SELLER },
    });
    expect(await totals(bench)).toEqual({
      [PLATFORM]: { usd: { charge: 10_000, transfer: 10_000, application_fee: 1000 } },
    });
    const seller = await stripe.balance.retrieve({}, { stripeAccount: SELLER });
    expect(seller.available[0]?.amount).toBe(9000);
  });

  it("a refund moves further money when it is told to", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const charge = await stripe.charges.create({
      amount: 10_000,
      currency: "usd",
      source: "tok_visa",
      application_fee_amount: 1000,
      transfer_data: { destination: SELLER },
    });
    await stripe.refunds.create({
      charge: charge.id,
      amount: 5000,
      reverse_transfer: true,
      refund_application_fee: true,
    });
    await stripe.refunds.create({ charge: charge.id, amount: 1000 });
    expect((await totals(bench))[PLATFORM]?.usd).toEqual({
      charge: 10_000,
      transfer: 10_000,
      application_fee: 1000,
      refund: 6000,
      transfer_reversal: 5000,
      application_fee_refund: 500,
    });
    const plain = await stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa" });
    for (const option of ["reverse_transfer", "refund_application_fee"]) {
      const refused = stripe.refunds.create({ charge: plain.id, [option]: true });
      expect(await rejection(refused)).toMatchObject({ statusCode: 400, param: option });
    }
  });

  it("transfer_data[amount] hands on only that, also of a partial capture", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const intent = await stripe.paymentIntents.create({
      amount: 10_000,
      currency: "usd",
      payment_method: "pm_card_visa",
      capture_method: "manual",
      confirm: true,
      transfer_data: { destination: SELLER, amount: 7000 },
    });
    await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 6000 });
    expect((await totals(bench))[PLATFORM]?.usd).toEqual({ charge: 6000, transfer: 6000 });
  });

  it.each([
    [{ transfer_data: { destination: "acct_nobody" } }, "transfer_data[destination]"],
    [{ application_fee_amount: 100 }, "application_fee_amount"],
    [{ application_fee_amount: 9000, transfer_data: { destination: SELLER } }, "application_fee_amount"],
    [
      { application_fee_amount: 1, transfer_data: { destination: SELLER, amount: 1 } },
      "application_fee_amount",
    ],
  ])("refuses %j", async (terms, param) => {
    await using bench = await startBench();
    const made = bench.stripe.paymentIntents.create({ amount: 500, currency: "usd", ...terms });
    expect(await rejection(made)).toMatchObject({ statusCode: 400, param });
  });
});

describe("direct charges", () => {
  it("are made on the connected account, and the platform takes its fee", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const charge = await stripe.charges.create(
      { amount: 2000, currency: "usd", source: "tok_visa", application_fee_amount: 200 },
      { stripeAccount: SELLER },
    );
    expect(await rejection(stripe.charges.retrieve(charge.id))).toMatchObject({ statusCode: 404 });
    expect(await totals(bench)).toEqual({
      [SELLER]: { usd: { charge: 2000 } },
      [PLATFORM]: { usd: { application_fee: 200 } },
    });
    const [fee] = (await stripe.applicationFees.list({ charge: charge.id })).data;
    await stripe.applicationFees.createRefund(String(fee?.id), { amount: 50 });
    const over = stripe.applicationFees.createRefund(String(fee?.id), { amount: 151 });
    expect(await rejection(over)).toMatchObject({ param: "amount" });
    expect((await totals(bench))[PLATFORM]?.usd).toEqual({
      application_fee: 200,
      application_fee_refund: 50,
    });
  });

  it("an account that the key cannot act for is a 403", async () => {
    await using bench = await startBench();
    const foreign = bench.stripe.balance.retrieve({}, { stripeAccount: "acct_nobody" });
    expect(await rejection(foreign)).toMatchObject({ statusCode: 403, code: "account_invalid" });
  });
});

describe("transfers and payouts", () => {
  it("need available money, unless a charge is their source", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const charge = await stripe.charges.create({ amount: 5000, currency: "usd", source: "tok_visa" });
    const to = { destination: SELLER, currency: "usd" };
    const early = stripe.transfers.create({ ...to, amount: 1000 });
    expect(await rejection(early)).toMatchObject({ statusCode: 400, code: "balance_insufficient" });
    const transfer = await stripe.transfers.create({ ...to, amount: 4000, source_transaction: charge.id });
    const over = stripe.transfers.create({ ...to, amount: 1001, source_transaction: charge.id });
    expect(await rejection(over)).toMatchObject({ param: "amount" });
    await stripe.transfers.createReversal(transfer.id, { amount: 1500 });
    await stripe.transfers.createReversal(transfer.id);
    expect(await stripe.transfers.retrieve(transfer.id)).toMatchObject({
      reversed: true,
      amount_reversed: 4000,
    });
    expect((await stripe.transfers.listReversals(transfer.id)).data).toHaveLength(2);
    await control.advance(4 * 24 * 60 * 60 * 1000);
    const payout = await stripe.payouts.create({ amount: 4000, currency: "usd" });
    expect(payout.status).toBe("pending");
    expect(await rejection(stripe.payouts.create({ amount: 4000, currency: "usd" }))).toMatchObject({
      code: "balance_insufficient",
    });
    await stripe.payouts.cancel(payout.id);
    const paid = await stripe.payouts.create({ amount: 3000, currency: "usd" });
    await control.advance(2 * 24 * 60 * 60 * 1000);
    expect((await stripe.payouts.retrieve(paid.id)).status).toBe("paid");
    expect((await totals(bench))[PLATFORM]?.usd).toEqual({
      charge: 5000,
      transfer: 4000,
      transfer_reversal: 4000,
      payout: 3000,
    });
  });

  it("restricted keys need their permission", async () => {
    await using bench = await startBench({ restrictedKeys: { rk_test_1234567890: ["rak_transfer_read"] } });
    const stripe = newClient(bench.emulator, "rk_test_1234567890");
    expect((await stripe.transfers.list()).data).toEqual([]);
    const denied = stripe.transfers.create({ amount: 100, currency: "usd", destination: SELLER });
    expect(await rejection(denied)).toMatchObject({ statusCode: 403 });
  });
});
