import { describe, expect, it } from "vitest";
import { type Bench, rejection, startBench } from "./test-support.ts";

const HOUR_MS = 60 * 60 * 1000;

/** A draft over some dollars for Bob, whose card pays. */
async function draft(bench: Bench, options: object = {}, amount = 10_000) {
  const { stripe } = bench;
  const invoice = await stripe.invoices.create({ customer: "cus_demo_bob", currency: "usd", ...options });
  await stripe.invoiceItems.create({
    customer: "cus_demo_bob",
    invoice: invoice.id,
    amount,
    currency: "usd",
  });
  return stripe.invoices.retrieve(invoice.id);
}

describe("invoices", () => {
  it("go from draft to open to paid, and say what is due and paid", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const invoice = await draft(bench, { metadata: { k: "v" } });
    expect(invoice).toMatchObject({ status: "draft", amount_due: 10_000, number: null, auto_advance: false });
    expect((await control.books()).open).toMatchObject([{ kind: "invoice", status: "draft" }]);
    const open = await stripe.invoices.finalizeInvoice(invoice.id);
    expect(open).toMatchObject({ status: "open", amount_remaining: 10_000, amount_paid: 0 });
    expect(open.number).toMatch(/-0001$/);
    const paid = await stripe.invoices.pay(invoice.id);
    expect(paid).toMatchObject({ status: "paid", amount_paid: 10_000, amount_remaining: 0 });
    const { moved, open: left } = await control.books();
    expect(moved).toMatchObject([
      { kind: "charge", amount_minor: 10_000, because_of: [expect.stringMatching(/^pi_/), invoice.id] },
    ]);
    expect(left).toEqual([]);
    expect(await rejection(stripe.invoices.pay(invoice.id))).toMatchObject({
      message: "Invoice is already paid",
    });
    expect(await rejection(stripe.invoices.voidInvoice(invoice.id))).toMatchObject({ statusCode: 400 });
  });

  it("pay finalises a draft, and automatic tax is added then: more is collected than was shown", async () => {
    await using bench = await startBench();
    const invoice = await draft(bench, { automatic_tax: { enabled: true } });
    expect(invoice).toMatchObject({ amount_due: 10_000, total: 10_000 });
    const paid = await bench.stripe.invoices.pay(invoice.id);
    expect(paid).toMatchObject({ total: 12_000, amount_paid: 12_000, automatic_tax: { status: "complete" } });
    expect(paid.total_taxes).toMatchObject([{ amount: 2000, tax_behavior: "exclusive" }]);
  });

  it("a free update of a draft changes what pay collects; an open invoice may not be changed", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const coupon = await stripe.coupons.create({ percent_off: 100, duration: "once" });
    const invoice = await draft(bench, { discounts: [{ coupon: coupon.id }] });
    expect(invoice).toMatchObject({ amount_due: 0, subtotal: 10_000 });
    expect(invoice.total_discount_amounts).toMatchObject([{ amount: 10_000 }]);
    await stripe.invoices.update(invoice.id, { discounts: "" });
    expect((await stripe.invoices.pay(invoice.id)).amount_paid).toBe(10_000);
    const late = stripe.invoices.update(invoice.id, { description: "x" });
    expect(await rejection(late)).toMatchObject({ code: "invoice_not_editable" });
  });

  it("a declined payment leaves the invoice open and its intent payable by anybody with the secret", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const invoice = await draft(bench);
    const error = await rejection(
      stripe.invoices.pay(invoice.id, { payment_method: "pm_card_chargeDeclined" }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: "card_declined" });
    const open = await stripe.invoices.retrieve(invoice.id, { expand: ["confirmation_secret", "payments"] });
    expect(open).toMatchObject({ status: "open", amount_remaining: 10_000, attempt_count: 1 });
    expect(open.payments?.data).toMatchObject([{ status: "open", amount_requested: 10_000 }]);
    expect((await control.books()).open).toMatchObject([{ object: invoice.id, status: "open" }]);
    const paid = await control.pay({ what: String(open.confirmation_secret?.client_secret) });
    expect(paid.status).toBe("succeeded");
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ status: "paid", amount_paid: 10_000 });
  });

  it("can be paid on their page, voided, written off and still paid, or paid elsewhere", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { id } = await draft(bench, { collection_method: "send_invoice", days_until_due: 30 });
      ids.push((await stripe.invoices.sendInvoice(id)).id);
    }
    const [onPage = "", voided = "", writtenOff = "", elsewhere = ""] = ids;
    expect(await control.pay({ what: onPage })).toMatchObject({ paid: true, object: onPage, status: "paid" });
    expect(await stripe.invoices.voidInvoice(voided)).toMatchObject({ status: "void" });
    expect(await control.pay({ what: voided })).toMatchObject({ paid: false });
    expect(await stripe.invoices.markUncollectible(writtenOff)).toMatchObject({ status: "uncollectible" });
    expect(await stripe.invoices.pay(writtenOff)).toMatchObject({ status: "paid" });
    expect(await stripe.invoices.pay(elsewhere, { paid_out_of_band: true })).toMatchObject({
      status: "paid",
    });
    expect((await control.books()).moved.map(({ because_of }) => because_of[1])).toEqual([
      onPage,
      writtenOff,
    ]);
  });

  it("with auto_advance Stripe finalises and collects by itself, and tries again after a decline", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const manual = await draft(bench);
    const invoice = await draft(bench, { auto_advance: true });
    await control.advance(HOUR_MS + 1000);
    expect((await stripe.invoices.retrieve(manual.id)).status).toBe("draft");
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ status: "paid", amount_paid: 10_000 });
    const declined = await draft(bench, {
      auto_advance: true,
      default_payment_method: (
        await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: "cus_demo_bob" })
      ).id,
    });
    await control.advance(HOUR_MS + 1000);
    expect(await stripe.invoices.retrieve(declined.id)).toMatchObject({ status: "open", attempt_count: 1 });
    const good = await stripe.paymentMethods.attach("pm_card_visa", { customer: "cus_demo_bob" });
    await stripe.invoices.update(declined.id, { default_payment_method: good.id });
    await control.advance(3 * 24 * HOUR_MS);
    expect(await stripe.invoices.retrieve(declined.id)).toMatchObject({ status: "paid", attempt_count: 2 });
  });

  it("takes up the customer's balance, and what is too small to charge waits on it", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    await stripe.customers.createBalanceTransaction("cus_demo_bob", { amount: -4000, currency: "usd" });
    const invoice = await draft(bench);
    const paid = await stripe.invoices.pay(invoice.id);
    expect(paid).toMatchObject({
      total: 10_000,
      amount_due: 6000,
      starting_balance: -4000,
      ending_balance: 0,
    });
    const small = await stripe.invoices.pay((await draft(bench, {}, 20)).id);
    expect(small).toMatchObject({ status: "paid", amount_due: 0, ending_balance: 20 });
    expect(await stripe.customers.retrieve("cus_demo_bob")).toMatchObject({ balance: 20 });
  });

  it("lines are added, changed and removed while it is a draft, with prices, tax rates and pending items", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const rate = await stripe.taxRates.create({ display_name: "VAT", percentage: 7.25, inclusive: false });
    const product = await stripe.products.create({ name: "Hat" });
    const price = await stripe.prices.create({ product: product.id, unit_amount: 1000, currency: "usd" });
    await stripe.invoiceItems.create({ customer: "cus_demo_bob", amount: 500, currency: "usd" });
    const invoice = await stripe.invoices.create({
      customer: "cus_demo_bob",
      pending_invoice_items_behavior: "include",
      default_tax_rates: [rate.id],
    });
    expect(invoice).toMatchObject({ subtotal: 500, total: 536 });
    const added = await stripe.invoices.addLines(invoice.id, {
      lines: [{ pricing: { price: price.id }, quantity: 3 }],
    });
    const [line] = added.lines.data;
    expect(line).toMatchObject({ amount: 3000, description: "Hat", quantity: 3 });
    await stripe.invoices.updateLineItem(invoice.id, String(line?.id), { quantity: 2 });
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ subtotal: 2500, total: 2681 });
    await stripe.invoices.removeLines(invoice.id, { lines: [{ id: String(line?.id), behavior: "delete" }] });
    expect((await stripe.invoices.listLineItems(invoice.id)).data.map(({ amount }) => amount)).toEqual([500]);
    await stripe.invoices.del(invoice.id);
    expect(await rejection(stripe.invoices.retrieve(invoice.id))).toMatchObject({ statusCode: 404 });
    const unknown = stripe.invoices.addLines(invoice.id, { lines: [{ amout: 5 } as object] });
    expect(await rejection(unknown)).toMatchObject({ code: "parameter_unknown", param: "lines[0][amout]" });
  });

  it("a promotion code is redeemed as often as it says", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    const coupon = await stripe.coupons.create({ amount_off: 300, currency: "usd" });
    const code = await stripe.promotionCodes.create({
      promotion: { type: "coupon", coupon: coupon.id },
      code: "HAT",
      max_redemptions: 1,
    });
    const invoice = await draft(bench, { discounts: [{ promotion_code: code.id }] });
    expect(invoice.total).toBe(9700);
    expect(await rejection(draft(bench, { discounts: [{ promotion_code: code.id }] }))).toMatchObject({
      statusCode: 400,
    });
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1);
  });
});

describe("credit notes", () => {
  it("lower what an open invoice asks for, until they are voided", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const invoice = await draft(bench);
    await stripe.invoices.finalizeInvoice(invoice.id);
    const note = await stripe.creditNotes.create({ invoice: invoice.id, amount: 4000 });
    expect(note).toMatchObject({ type: "pre_payment", status: "issued", pre_payment_amount: 4000 });
    expect((await stripe.invoices.retrieve(invoice.id)).amount_remaining).toBe(6000);
    await stripe.creditNotes.voidCreditNote(note.id);
    expect((await stripe.invoices.retrieve(invoice.id)).amount_remaining).toBe(10_000);
    await stripe.creditNotes.create({ invoice: invoice.id, amount: 10_000 });
    expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ status: "paid", amount_paid: 0 });
    expect(await control.books()).toMatchObject({ moved: [], open: [] });
  });

  it("give back of a paid invoice by refund, credit or elsewhere, and no more than it took", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const invoice = await stripe.invoices.pay((await draft(bench)).id);
    const unsaid = stripe.creditNotes.create({ invoice: invoice.id, amount: 5000 });
    expect(await rejection(unsaid)).toMatchObject({ statusCode: 400 });
    const note = await stripe.creditNotes.create({
      invoice: invoice.id,
      amount: 6000,
      refund_amount: 3000,
      credit_amount: 2000,
      out_of_band_amount: 1000,
    });
    expect(note).toMatchObject({ type: "post_payment", refunds: [{ amount_refunded: 3000 }] });
    expect(await stripe.customers.retrieve("cus_demo_bob")).toMatchObject({ balance: -2000 });
    expect((await control.books()).totals).toMatchObject({
      acct_1KeybrakeEmulator: { usd: { charge: 10_000, refund: 3000 } },
    });
    const over = stripe.creditNotes.create({ invoice: invoice.id, amount: 4001, refund_amount: 4001 });
    expect(await rejection(over)).toMatchObject({ param: "amount" });
    expect(await rejection(stripe.creditNotes.voidCreditNote(note.id))).toMatchObject({ statusCode: 400 });
  });
});

describe("faults and idempotency on invoices", () => {
  it("are as on charges: the answer is lost, the invoice is paid once", async () => {
    await using bench = await startBench();
    const invoice = await draft(bench);
    await bench.control.addFault({ kind: "drop_after", operation: "invoices.pay", times: 1 });
    const pay = () =>
      bench.request("POST", `/v1/invoices/${invoice.id}/pay`, {
        body: "",
        headers: { "idempotency-key": "k" },
      });
    await expect(pay()).rejects.toThrow("fetch failed");
    const again = await pay();
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.body.status).toBe("paid");
    expect((await bench.control.books()).moved).toHaveLength(1);
  });
});
