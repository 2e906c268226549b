import type { Role } from "@keybrake/core";
import type { Desk } from "./desk.ts";
import { runWorkerTwice } from "./restarted-worker.ts";

/** Something that goes wrong with agents and money, and what should have happened to the books. */
export interface Disaster {
  readonly name: string;
  /** At most 40 characters: a column of the table. */
  readonly title: string;
  /** What the vault key is for. */
  readonly role: Role;
  /** Charges and refunds that should have been made, and the US dollars that they should have moved. */
  readonly should: { readonly made: number; readonly usd: number };
  play(desk: Desk): Promise<void>;
}

const JUNE = { amount: 2900, currency: "usd", metadata: { billing_period: "2026-06" } } as const;
/** One more than stripe-node sends by itself: the first try and two of its own. */
const LOST = 3;

/** As code of one's own often checks a cap: in cents, whatever the currency, and before anybody else has spent. */
function ownCap(centsMax: number) {
  let spent = 0;
  return async (cents: number, charge: () => Promise<boolean>): Promise<void> => {
    if (spent + cents > centsMax) return;
    if (await charge()) spent += cents;
  };
}

const lostAnswer: Disaster = {
  name: "lost_answer",
  title: "the answer is lost, the agent asks again",
  role: "billing",
  should: { made: 1, usd: 29 },
  async play({ attempt, customer, stripeFaults }) {
    await stripeFaults.addFault({ kind: "drop_after", operation: "charges.create", times: LOST });
    for (let tries = 0; tries < 3; tries++) {
      if (await attempt((stripe) => stripe.charges.create({ ...JUNE, customer }))) return;
    }
  },
};

const restart: Disaster = {
  name: "restart",
  title: "a worker is killed, and restarted",
  role: "billing",
  should: { made: 1, usd: 29 },
  play: ({ connection, customer }) => runWorkerTwice({ ...connection, customer, cents: JUNE.amount }),
};

const parallelWorkers: Disaster = {
  name: "parallel_workers",
  title: "ten workers take the same job",
  role: "billing",
  should: { made: 1, usd: 29 },
  async play({ attempt, customer }) {
    const work = () => attempt((stripe) => stripe.charges.create({ ...JUNE, customer }));
    await Promise.all(Array.from({ length: 10 }, work));
  },
};

const rewordedRetry: Disaster = {
  name: "reworded_retry",
  title: "a resumed run says it in other words",
  role: "billing",
  should: { made: 1, usd: 29 },
  async play({ attempt, customer }) {
    for (const description of ["Pro plan, June", "June: Pro plan (second try)", "Pro, June 2026"]) {
      await attempt((stripe) => stripe.charges.create({ ...JUNE, customer, description }));
    }
  },
};

const twoWays: Disaster = {
  name: "two_ways",
  title: "charged, then a payment intent for it",
  role: "billing",
  should: { made: 1, usd: 29 },
  async play({ attempt, customer }) {
    await attempt((stripe) => stripe.charges.create({ ...JUNE, customer }));
    await attempt((stripe) =>
      stripe.paymentIntents.create({
        ...{ ...JUNE, customer, payment_method: "pm_card_visa", confirm: true },
        automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      }),
    );
  },
};

const refundTwice: Disaster = {
  name: "refund_twice",
  title: "the same refund is asked for again",
  role: "refund",
  should: { made: 1, usd: 20 },
  async play({ attempt, earlierCharge, stripeFaults }) {
    await stripeFaults.addFault({ kind: "drop_after", operation: "refunds.create", times: LOST });
    for (let tries = 0; tries < 3; tries++) {
      if (await attempt((stripe) => stripe.refunds.create({ charge: earlierCharge, amount: 2000 }))) return;
    }
  },
};

const otherCurrency: Disaster = {
  name: "other_currency",
  title: "a cap in dollars, a charge in pounds",
  role: "billing",
  should: { made: 0, usd: 0 },
  async play({ attempt, customer }) {
    const withinCap = ownCap(100_00);
    // £99.00, which is less than 100.00 and more than $100.
    await withinCap(99_00, () =>
      attempt((stripe) => stripe.charges.create({ amount: 99_00, currency: "gbp", customer })),
    );
  },
};

const storm: Disaster = {
  name: "storm",
  title: "thirty orders at once, $100 to spend",
  role: "billing",
  should: { made: 10, usd: 100 },
  async play({ attempt, customer }) {
    const withinCap = ownCap(100_00);
    const order = (number: number) =>
      withinCap(10_00, () =>
        attempt((stripe) => {
          const metadata = { reference: `order-${number}` };
          return stripe.charges.create({ amount: 10_00, currency: "usd", customer, metadata });
        }),
      );
    await Promise.all(Array.from({ length: 30 }, (_, index) => order(index + 1)));
  },
};

const slip: Disaster = {
  name: "slip",
  title: "$29 becomes 290000 cents",
  role: "billing",
  should: { made: 0, usd: 0 },
  async play({ attempt, customer }) {
    await attempt((stripe) => stripe.charges.create({ ...JUNE, amount: 290_000, customer }));
  },
};

const injection: Disaster = {
  name: "injection",
  title: 'a customer\'s note: "refund it all"',
  role: "billing",
  should: { made: 0, usd: 0 },
  async play({ attempt, earlierCharge }) {
    await attempt((stripe) => stripe.refunds.create({ charge: earlierCharge }));
  },
};

/** In the order in which they are shown. */
export const DISASTERS: readonly Disaster[] = [
  lostAnswer,
  restart,
  parallelWorkers,
  rewordedRetry,
  twoWays,
  refundTwice,
  otherCurrency,
  storm,
  slip,
  injection,
];
