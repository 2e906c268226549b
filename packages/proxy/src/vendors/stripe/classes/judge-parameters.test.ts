import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import { decodeForm, emptyParams } from "../form.ts";
import {
  JUDGED_API_VERSION,
  JUDGED_PARAMETERS,
  type ParameterTree,
} from "./generated/parameters.generated.ts";
import { judgeParameters, parameterPattern } from "./judge-parameters.ts";
import { OLDER_PARAMETERS } from "./older-parameters.ts";
import { CLASSED_OPERATIONS, hasJudgedParameters, OPERATION_CLASSES } from "./operation-classes.ts";
import { PARAMETER_EXCEPTIONS } from "./parameter-exceptions.ts";

function judge(operation: string, form: string) {
  const decoded = decodeForm(form);
  if (!decoded.ok) throw new Error(decoded.message);
  return judgeParameters(operation, decoded.params);
}

function pathsOf(tree: ParameterTree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([name, below]) => {
    const path = prefix === "" ? name : `${prefix}[${name}]`;
    return [path, ...(below === null ? [] : pathsOf(below, path))];
  });
}

test("the parameters are those of the pinned package's version of Stripe's API", () => {
  expect(JUDGED_API_VERSION).toBe(new Stripe("sk_test_x").getApiField("version"));
});

test("older parameters are of judged operations, and no longer in the pinned version", () => {
  for (const [operation, names] of OLDER_PARAMETERS) {
    const known = JUDGED_PARAMETERS.get(operation);
    expect(known, operation).toBeDefined();
    for (const name of names) expect(Object.keys(known ?? {}), operation).not.toContain(name);
  }
});

test("there is a tree for each operation whose parameters are judged, and for no other", () => {
  const judged = CLASSED_OPERATIONS.filter(hasJudgedParameters).map(({ name }) => name);
  expect([...JUDGED_PARAMETERS.keys()]).toEqual(judged);
});

test("every free parameter is one that Stripe has", () => {
  for (const { name, freeParameters = [] } of CLASSED_OPERATIONS) {
    const known = [...Object.keys(JUDGED_PARAMETERS.get(name) ?? {}), ...(OLDER_PARAMETERS.get(name) ?? [])];
    for (const parameter of freeParameters) expect(known, name).toContain(parameter);
  }
});

test("every exception names parameters that Stripe has, of operations that are judged", () => {
  for (const { operations, parameter } of PARAMETER_EXCEPTIONS) {
    for (const operation of operations) {
      const tree = JUDGED_PARAMETERS.get(operation);
      expect(tree, operation).toBeDefined();
      const matched = pathsOf(tree ?? {}).filter((path) => parameterPattern(parameter).test(path));
      expect(matched, `${operation} ${parameter}`).not.toEqual([]);
    }
  }
});

test("no exception is about a parameter that is not among the free ones anyway", () => {
  for (const { operations, parameter } of PARAMETER_EXCEPTIONS) {
    for (const operation of operations) {
      const free = OPERATION_CLASSES.get(operation)?.freeParameters;
      const top = /^[^[]+/.exec(parameter)?.[0] ?? "";
      expect(free === undefined || free.has(top), `${operation} ${parameter}`).toBe(true);
    }
  }
});

describe("what passes", () => {
  test.each([
    ["charges.create", "amount=100&currency=usd&source=tok_visa&metadata[order]=7&expand[0]=customer"],
    ["charges.create", "amount=100&currency=usd&transfer_data[destination]=acct_1&transfer_data[amount]=50"],
    [
      "paymentIntents.create",
      "amount=100&currency=usd&confirm=true&payment_method_types[0]=card&off_session=true" +
        "&payment_method_options[card][request_three_d_secure]=any&automatic_payment_methods[enabled]=true",
    ],
    ["paymentIntents.update", "shipping="],
    ["refunds.create", "charge=ch_1&amount=5&reason=duplicate&reverse_transfer=false"],
    ["invoices.create", "customer=cus_1&auto_advance=false&metadata[a]=1&custom_fields[0][name]=PO"],
    ["invoices.pay", "forgive=false&off_session=true"],
    ["subscriptions.cancel", "cancellation_details[comment]=moved"],
    ["promotionCodes.update", "active=false"],
    ["setupIntents.create", "customer=cus_1&payment_method_types[]=card&usage=off_session"],
    ["customers.update", "email=a@example.com&invoice_settings[default_payment_method]=pm_1"],
    ["prices.create", "currency=usd&unit_amount=100&product=prod_1&currency_options[eur][unit_amount]=90"],
    // Plainly free, unpriceable, reads, and names that Stripe does not have, are decided elsewhere.
    ["products.create", "anything[at][all]=1"],
    ["accounts.update", "anything=1"],
    ["charges.retrieve", "anything=1"],
    ["charges.steal", "anything=1"],
  ])("%s %s", (operation, form) => {
    expect(judge(operation, form)).toBeNull();
  });

  test("nothing at all", () => {
    for (const { name } of CLASSED_OPERATIONS) expect(judgeParameters(name, emptyParams()), name).toBeNull();
  });
});

describe("what does not pass", () => {
  test.each([
    ["charges.create", "amount=100&currency=usd&surcharge=20", "surcharge"],
    ["paymentIntents.create", "amount=100&amount_details[surcharge][amount]=9", "amount_details[surcharge]"],
    [
      "paymentIntents.confirm",
      "payment_method_options[card][surcharge]=1",
      "payment_method_options[card][surcharge]",
    ],
    ["charges.create", "amount[value]=100", "amount"],
    ["refunds.create", "charge=ch_1&refund_application_fee=true", "refund_application_fee"],
    ["refunds.create", "charge=ch_1&reverse_transfer=1", "reverse_transfer"],
    ["terminal.readers.refundPayment", "reverse_transfer=true", "reverse_transfer"],
    ["transfers.createReversal", "refund_application_fee=", "refund_application_fee"],
    ["payouts.create", "amount=1&currency=usd&method=instant", "method"],
    ["creditNotes.create", "invoice=in_1&refund_amount=1&lines[0][amount]=9999", "lines"],
    ["invoices.create", "customer=cus_1&auto_advance=", "auto_advance"],
    ["invoices.create", "customer=cus_1&from_invoice[invoice]=in_1", "from_invoice"],
    ["invoices.update", "discounts[0][coupon]=c1", "discounts"],
    ["invoices.pay", "forgive=true", "forgive"],
    ["invoiceItems.create", "customer=cus_1&amount=1&subscription=sub_1", "subscription"],
    [
      "checkout.sessions.create",
      "mode=payment&after_expiration[recovery][enabled]=true",
      "after_expiration[recovery]",
    ],
    [
      "checkout.sessions.create",
      "line_items[0][price]=p&line_items[1][adjustable_quantity][enabled]=true",
      "line_items[adjustable_quantity]",
    ],
    ["customers.update", "balance=-5000", "balance"],
    ["customers.update", "tax_exempt=exempt", "tax_exempt"],
    ["charges.update", "customer=cus_1", "customer"],
    ["prices.create", "currency=usd&lookup_key=gold&transfer_lookup_key=true", "transfer_lookup_key"],
    ["products.update", "default_price=price_1", "default_price"],
    ["plans.create", "id=gold", "id"],
    ["coupons.create", "percent_off=100", "percent_off"],
    ["promotionCodes.update", "active=true", "active"],
    ["setupIntents.create", "attach_to_self=true&flow_directions[]=outbound", "attach_to_self"],
    ["subscriptions.cancel", "prorate=true", "prorate"],
    [
      "terminal.readers.processPaymentIntent",
      "process_config[skip_tipping]=false",
      "process_config[skip_tipping]",
    ],
  ])("%s %s", (operation, form, parameter) => {
    expect(judge(operation, form)).toEqual({ parameter, reason: expect.stringMatching(/^[A-Z`].*[^.]$/) });
  });

  test("a name of JavaScript's own objects", () => {
    const params = Object.assign(emptyParams(), { amount: "1", valueOf: "2" });
    expect(judgeParameters("charges.create", params)?.parameter).toBe("valueOf");
  });
});
