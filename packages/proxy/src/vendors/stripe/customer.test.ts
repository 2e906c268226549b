import { describe, expect, test } from "vitest";
import { customerOf } from "./customer.ts";
import { decodeForm } from "./form.ts";

function ask(
  operation: string,
  body: string,
  ids: readonly string[],
  world: Record<string, unknown>,
): string | null {
  const decoded = decodeForm(body);
  if (!decoded.ok) throw new Error(decoded.message);
  const question = customerOf({ operation, params: decoded.params, pathParams: ids });
  if (question.kind === "named") return question.id;
  if (question.kind === "none") return null;
  if (!(question.path in world)) throw new Error(`unexpected look-up of ${question.path}`);
  return question.next(world[question.path]);
}

const CHARGE = { "/v1/charges/ch_1": { id: "ch_1", object: "charge", customer: "cus_1" } };
const INTENT = { "/v1/payment_intents/pi_1": { id: "pi_1", customer: { id: "cus_1", object: "customer" } } };
const METHOD = { "/v1/payment_methods/pm_1": { id: "pm_1", customer: null } };
const REFUND = "/v1/refunds/re_1?expand[0]=charge&expand[1]=payment_intent";
const refund = (charge: unknown, intent: unknown) => ({
  [REFUND]: { id: "re_1", charge, payment_intent: intent },
});

describe("customerOf", () => {
  test.each<[string, string, string[], Record<string, unknown>, string | null]>([
    ["charges.create", "customer=cus_1&amount=5", [], {}, "cus_1"],
    ["charges.create", "source=tok_visa", [], {}, null],
    ["charges.create", "customer=", [], {}, null],
    ["charges.create", "customer[]=cus_1", [], {}, null],
    ["charges.create", "customer=../x", [], {}, null],
    ["charges.create", "customer=cus_1&customer_account=acct_1", [], {}, null],
    ["paymentIntents.create", "customer=cus_1", [], {}, "cus_1"],
    ["charges.list", "customer=cus_1&limit=3", [], {}, "cus_1"],
    ["charges.list", "limit=3", [], {}, null],
    ["charges.search", "customer=cus_1", [], {}, null],
    ["customers.list", "email=a@b.c", [], {}, null],
    ["customers.list", "customer=cus_1", [], {}, null],
    ["customers.create", "email=a@b.c", [], {}, null],
    ["customers.search", "query=x", [], {}, null],
    ["customers.retrieve", "", ["cus_1"], {}, "cus_1"],
    ["customers.update", "customer=cus_2", ["cus_1"], {}, null],
    ["customers.deleteSource", "", ["cus_1", "card_2"], {}, "cus_1"],
    ["charges.retrieve", "", ["ch_1"], CHARGE, "cus_1"],
    ["charges.capture", "", ["ch_1"], CHARGE, "cus_1"],
    ["charges.update", "customer=cus_1", ["ch_1"], CHARGE, "cus_1"],
    ["charges.update", "customer=cus_2", ["ch_1"], CHARGE, null],
    [
      "charges.update",
      "customer=cus_1",
      ["ch_1"],
      { "/v1/charges/ch_1": { id: "ch_1", customer: null } },
      null,
    ],
    [
      "paymentIntents.update",
      "customer=cus_1",
      ["pi_1"],
      { "/v1/payment_intents/pi_1": { id: "pi_1", customer: null } },
      null,
    ],
    ["charges.retrieve", "", ["ch_1"], { "/v1/charges/ch_1": { id: "ch_1", customer: null } }, null],
    ["charges.retrieve", "", ["ch_1"], { "/v1/charges/ch_1": { id: "ch_2", customer: "cus_1" } }, null],
    ["charges.retrieve", "", ["ch_1"], { "/v1/charges/ch_1": { error: {} } }, null],
    ["charges.retrieve", "", ["ch_1"], { "/v1/charges/ch_1": null }, null],
    ["paymentIntents.confirm", "", ["pi_1"], INTENT, "cus_1"],
    ["paymentMethods.attach", "customer=cus_1", ["pm_1"], METHOD, "cus_1"],
    ["paymentMethods.attach", "", ["pm_1"], METHOD, null],
    ["refunds.create", "charge=ch_1", [], CHARGE, "cus_1"],
    ["refunds.create", "payment_intent=pi_1", [], INTENT, "cus_1"],
    ["refunds.create", "charge=ch_1&payment_intent=pi_1", [], {}, null],
    ["refunds.create", "charge=ch_1&customer=cus_2", [], CHARGE, null],
    ["refunds.create", "charge=..", [], {}, null],
    ["refunds.create", "charge[]=ch_1", [], {}, null],
    ["refunds.create", "customer=cus_1", [], {}, null],
    ["refunds.create", "origin=customer_balance&customer=cus_1", [], {}, "cus_1"],
    ["refunds.list", "charge=ch_1", [], CHARGE, "cus_1"],
    ["refunds.list", "", [], {}, null],
    ["refunds.retrieve", "", ["re_1"], refund({ customer: "cus_1" }, null), "cus_1"],
    ["refunds.retrieve", "", ["re_1"], refund(null, { customer: "cus_1" }), "cus_1"],
    ["refunds.retrieve", "", ["re_1"], refund({ customer: "cus_1" }, { customer: "cus_2" }), null],
    ["refunds.retrieve", "", ["re_1"], refund("ch_1", null), null],
    [
      "checkout.sessions.retrieve",
      "",
      ["cs_1"],
      { "/v1/checkout/sessions/cs_1": { id: "cs_1", customer: "cus_1" } },
      "cus_1",
    ],
    ["balance.retrieve", "customer=cus_1", [], {}, null],
    ["payouts.create", "customer=cus_1", [], {}, null],
    ["products.retrieve", "customer=cus_1", ["prod_1"], {}, null],
    ["unknown.operation", "customer=cus_1", [], {}, null],
  ])("%s %s %s", (operation, body, ids, world, expected) => {
    expect(ask(operation, body, ids, world)).toBe(expected);
  });
});
