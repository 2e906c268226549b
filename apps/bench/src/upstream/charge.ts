/** A charge as Stripe's API shows one, in its usual size, with another id for each answer. */

const ID = "ch_00000000000000000000000";

const CHARGE = JSON.stringify({
  id: ID,
  object: "charge",
  amount: 50,
  amount_captured: 50,
  amount_refunded: 0,
  application: null,
  application_fee: null,
  application_fee_amount: null,
  balance_transaction: "txn_bench0000000000000000",
  billing_details: {
    address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
    email: null,
    name: null,
    phone: null,
    tax_id: null,
  },
  calculated_statement_descriptor: "BENCHMARK",
  captured: true,
  created: 1_767_225_600,
  currency: "usd",
  customer: "cus_bench",
  description: "Benchmark charge",
  destination: null,
  dispute: null,
  disputed: false,
  failure_balance_transaction: null,
  failure_code: null,
  failure_message: null,
  fraud_details: {},
  livemode: false,
  metadata: {},
  on_behalf_of: null,
  outcome: {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: "approved_by_network",
    reason: null,
    risk_level: "normal",
    risk_score: 20,
    seller_message: "Payment complete.",
    type: "authorized",
  },
  paid: true,
  payment_intent: null,
  payment_method: "card_bench0000000000000000",
  payment_method_details: {
    card: { brand: "visa", country: "US", exp_month: 12, exp_year: 2034, funding: "credit", last4: "4242" },
    type: "card",
  },
  receipt_email: null,
  receipt_number: null,
  receipt_url: null,
  refunded: false,
  review: null,
  shipping: null,
  source_transfer: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  status: "succeeded",
  transfer_data: null,
  transfer_group: null,
});
const [BEFORE_ID = "", AFTER_ID = ""] = CHARGE.split(ID);

/** The whole HTTP response with the `count`th charge. */
export function chargeResponse(count: number): string {
  const serial = String(count).padStart(ID.length - "ch_".length, "0");
  return `HTTP/1.1 200 OK\r
Server: bench\r
Content-Type: application/json\r
Content-Length: ${CHARGE.length}\r
Request-Id: req_${serial.slice(-14)}\r
Stripe-Version: 2026-01-28\r
\r
${BEFORE_ID}ch_${serial}${AFTER_ID}`;
}
