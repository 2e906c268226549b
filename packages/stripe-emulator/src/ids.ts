import type { RandomSource } from "./random.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Prefix and number of random characters of each kind of id, as long as Stripe's own. */
const SHAPES = {
  charge: ["ch_3", 23],
  paymentIntent: ["pi_3", 23],
  refund: ["re_3", 23],
  balanceTransaction: ["txn_3", 23],
  customer: ["cus_", 14],
  card: ["card_1", 23],
  paymentMethod: ["pm_1", 23],
  setupIntent: ["seti_1", 23],
  dispute: ["du_1", 23],
  transfer: ["tr_3", 23],
  transferReversal: ["trr_1", 23],
  payment: ["py_1", 23],
  applicationFee: ["fee_1", 23],
  feeRefund: ["fr_1", 23],
  payout: ["po_1", 23],
  product: ["prod_", 14],
  price: ["price_1", 23],
  coupon: ["", 8],
  promotionCode: ["promo_1", 23],
  promotionWord: ["", 8],
  taxRate: ["txr_1", 23],
  discount: ["di_1", 23],
  invoice: ["in_1", 23],
  invoiceItem: ["ii_1", 23],
  invoiceLine: ["il_1", 23],
  invoicePayment: ["inpay_1", 23],
  creditNote: ["cn_1", 23],
  creditNoteLine: ["cnli_1", 23],
  customerBalanceTransaction: ["cbtxn_1", 23],
  subscription: ["sub_1", 23],
  subscriptionItem: ["si_", 14],
  subscriptionSchedule: ["sub_sched_1", 23],
  checkoutSession: ["cs_test_", 58],
  lineItem: ["li_1", 23],
  paymentLink: ["plink_1", 23],
  recovery: ["", 24],
  approvalRequest: ["areq_", 24],
  event: ["evt_3", 23],
  request: ["req_", 14],
  secret: ["_secret_", 25],
  fingerprint: ["", 16],
  receipt: ["", 32],
  fault: ["fault_", 8],
} as const satisfies Record<string, readonly [string, number]>;

export type IdKind = keyof typeof SHAPES;

/** Makes ids that look like Stripe's. */
export type IdMaker = (kind: IdKind) => string;

/** Ids from a random source: the same source gives the same ids in the same order. */
export function createIdMaker(random: RandomSource): IdMaker {
  return (kind) => {
    const [prefix, length] = SHAPES[kind];
    let id: string = prefix;
    // Five characters per draw: 62^5 fits into 32 bits.
    for (let made = 0; made < length; ) {
      let bits = random();
      for (let part = 0; part < 5 && made < length; part += 1, made += 1) {
        id += ALPHABET[bits % 62];
        bits = Math.floor(bits / 62);
      }
    }
    return id;
  };
}
