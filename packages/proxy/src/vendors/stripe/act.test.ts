import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Act, ActContext } from "../act.ts";
import { actOf, setsState } from "./act.ts";
import { decodeForm, type Params } from "./form.ts";
import { findOperation, type Operation } from "./operation.ts";

function params(text: string): Params {
  const result = decodeForm(text);
  if (!result.ok) throw new Error(result.message);
  return result.params;
}

function operationOf(name: string): Operation {
  const operation = findOperation(name);
  if (operation === undefined) throw new Error(`no operation ${name}`);
  return operation;
}

const PLAIN: ActContext = { agentAct: null, includes: [] };

function act(body: string, name = "charges.create", context: Partial<ActContext> = {}, path = "/v1/x"): Act {
  return actOf({ operation: operationOf(name), path, params: params(body) }, { ...PLAIN, ...context });
}

const BASE = "amount=100&currency=usd&customer=cus_1";

/** From equal in everything to not even the same act. */
function likeness(one: Act, other: Act): "equal" | "reworded" | "other terms" | "another act" {
  if (one.wording === other.wording) return "equal";
  if (one.terms === other.terms) return "reworded";
  return one.identity === other.identity ? "other terms" : "another act";
}

test("are hex SHA-256 and do not move between releases", () => {
  // Claims outlive a deployment: another digest would execute a retried act twice.
  expect(act(`${BASE}&metadata[reference]=o1&description=June`)).toEqual({
    identity: "91c2a2f1a20af5755229b7bb05bbb35646fca0df249fbd1c7c930a0fdc83a078",
    terms: "72a4cd32830d4723845c59fc0cdfd23411add527700bad7dcad20421e2167558",
    wording: "7f1bfd7ee7e5715f44bcb6563796b3424a803e7619d851e0db5c7922d6abae76",
    spellings: [
      {
        operation: "paymentIntents.create",
        identity: act(`${BASE}&metadata[reference]=o1`, "paymentIntents.create", {}, "/v1/payment_intents")
          .identity,
      },
    ],
    shared: "72a4cd32830d4723845c59fc0cdfd23411add527700bad7dcad20421e2167558",
    endsWithDelivery: false,
  });
});

test.each([
  [`${BASE}&metadata[reference]=1`, "terms"],
  [`${BASE}&metadata[billing_period]=2026-06`, "terms"],
  [BASE, "wording"],
  ["amount=100&currency=usd&metadata[reference]=1", "wording"],
])("two vault keys share %s by its %s", (body, expected) => {
  const said = act(`${body}&description=June`);
  expect(said.shared).toBe(said[expected as "terms" | "wording"]);
});

describe("an act that two operations can say", () => {
  const charge = (form: string, context?: Partial<ActContext>) =>
    act(form, "charges.create", context, "/v1/charges");
  const intent = (form: string, context?: Partial<ActContext>) =>
    act(form, "paymentIntents.create", context, "/v1/payment_intents");
  const JUNE = `${BASE}&metadata[billing_period]=2026-06`;

  test("each has the other's identity, whatever else they say", () => {
    const said = { charge: charge(JUNE), intent: intent(`${JUNE}&confirm=true&description=June`) };
    expect(said.charge.spellings).toEqual([
      { operation: "paymentIntents.create", identity: said.intent.identity },
    ]);
    expect(said.intent.spellings).toEqual([{ operation: "charges.create", identity: said.charge.identity }]);
    expect(said.charge.identity).not.toBe(said.intent.identity);
  });

  test.each([
    ["another month", `${BASE}&metadata[billing_period]=2026-07`, {}],
    ["another amount", JUNE.replace("100", "101"), {}],
    ["another payer", JUNE.replace("cus_1", "cus_2"), {}],
    ["another destination", `${JUNE}&transfer_data[destination]=acct_1`, {}],
    ["what the caller wants to be another act", JUNE, { agentAct: "second" }],
    ["what the policy adds", `${JUNE}&metadata[order_id]=1`, { includes: ["metadata[order_id]"] }],
  ])("%s is another act", (_what, form, context) => {
    expect(charge(form, context).spellings[0]?.identity).not.toBe(intent(JUNE).identity);
  });

  test("what nothing names has one way, and a refund has no other", () => {
    expect(charge(BASE).spellings).toEqual([]);
    expect(charge(`${BASE}&invoice=in_1&metadata[order_id]=1`).spellings).toEqual([]);
    expect(act("charge=ch_1&metadata[reference]=o1", "refunds.create").spellings).toEqual([]);
  });
});

describe("charges and payment intents", () => {
  test.each([
    ["customer=cus_1&currency=usd&amount=100", "equal"],
    ["amount=100&currency=USD&customer=cus_1", "equal"],
    [`${BASE}&capture=true`, "equal"],
    [`${BASE}&expand[]=customer`, "equal"],
    [`${BASE}&metadata=`, "equal"],
    [`${BASE}&description=June`, "reworded"],
    [
      `${BASE}&statement_descriptor=A&statement_descriptor_suffix=B&statement_descriptor_suffix_kana=C`,
      "reworded",
    ],
    [`${BASE}&receipt_email=a@b.c`, "reworded"],
    [`${BASE}&metadata[note]=again`, "reworded"],
    [`${BASE}&capture=false`, "other terms"],
    [`${BASE}&source=card_the_default`, "other terms"],
    [`${BASE}&shipping[name]=A`, "other terms"],
    [`${BASE}&transfer_group=order`, "other terms"],
    [`${BASE}&something_new=1`, "other terms"],
    ["amount=101&currency=usd&customer=cus_1", "another act"],
    ["amount=100&currency=eur&customer=cus_1", "another act"],
    ["amount=100&currency=usd&customer=cus_2", "another act"],
    ["amount=100&currency=usd&source=tok_visa", "another act"],
    [`${BASE}&transfer_data[destination]=acct_1`, "another act"],
    [`${BASE}&destination=acct_1`, "another act"],
    [`${BASE}&invoice=in_1`, "another act"],
    [`${BASE}&metadata[reference]=o1`, "another act"],
    [`${BASE}&metadata[billing_period]=2026-06`, "another act"],
  ] as const)("%s: %s", (body, expected) => {
    for (const name of ["charges.create", "paymentIntents.create"])
      if (name === "charges.create" || !body.includes("capture"))
        expect(likeness(act(BASE, name), act(body, name))).toBe(expected);
  });

  test("a destination is one however it is written, and a default said or left out", () => {
    const destination = act(`${BASE}&destination=acct_1`).identity;
    expect(act(`${BASE}&destination[account]=acct_1`).identity).toBe(destination);
    expect(act(`${BASE}&transfer_data[destination]=acct_1`).identity).toBe(destination);
    const intent = act(BASE, "paymentIntents.create");
    expect(act(`${BASE}&confirm=false&off_session=false`, "paymentIntents.create")).toEqual(intent);
    expect(likeness(intent, act(`${BASE}&confirm=true`, "paymentIntents.create"))).toBe("other terms");
  });

  test("a reference is one in another Unicode form and with blanks around it", () => {
    const reference = (text: string) => act(`${BASE}&metadata[reference]=${encodeURIComponent(text)}`);
    expect(reference("Caf\u00e9")).toEqual(reference(" Cafe\u0301 "));
  });

  test("without a payer and a reference nothing names the act: two guests are two", () => {
    const guest = (rest: string) => act(`amount=100&currency=usd${rest}`, "paymentIntents.create");
    expect(guest("&metadata[order_id]=1").identity).not.toBe(guest("&metadata[order_id]=2").identity);
    expect(guest("&description=one").identity).not.toBe(guest("&description=two").identity);
    expect(guest("")).toEqual(guest(""));
    const named = "&metadata[reference]=o1";
    expect(likeness(guest(named), guest(`${named}&description=one`))).toBe("reworded");
  });

  test("reference and billing period are not each other", () => {
    const one = act(`${BASE}&metadata[reference]=x`);
    expect(likeness(one, act(`${BASE}&metadata[billing_period]=x`))).toBe("another act");
  });

  test("a policy adds parameters to the identity", () => {
    const includes = ["description", "metadata[order_id]"];
    const included = (rest: string) => act(`${BASE}${rest}`, "charges.create", { includes }).identity;
    const all = ["", "&description=a", "&description=b", "&metadata[order_id]=1", "&metadata[order_id]=2"];
    expect(new Set(all.map(included)).size).toBe(all.length);
    expect(included("&metadata[note]=1")).toBe(included(""));
  });
});

describe("refunds", () => {
  const refund = (body: string) => act(body, "refunds.create");

  test.each([
    ["charge=ch_1&reason=duplicate&instructions_email=a@b.c", "reworded"],
    ["charge=ch_1&metadata[note]=x", "reworded"],
    ["charge=ch_1&reverse_transfer=true", "other terms"],
    ["charge=ch_2", "another act"],
    ["charge=ch_1&amount=5", "another act"],
    ["charge=ch_1&metadata[reference]=second", "another act"],
  ] as const)("%s: %s", (body, expected) => {
    expect(likeness(refund("charge=ch_1"), refund(body))).toBe(expected);
  });
});

describe("what is not in the table", () => {
  test.each([
    ["customers.create", "email=a@b.c", "email=d@e.f"],
    ["customers.create", "description=a", "description=b"],
    ["customers.create", "metadata[id]=1", "metadata[id]=2"],
    ["charges.update", "description=a", "description=b"],
    ["charges.capture", "statement_descriptor=a", "statement_descriptor=b"],
    ["paymentIntents.update", "description=", "amount=1"],
  ])("%s is identical only in all parameters: %s and %s", (name, one, other) => {
    expect(likeness(act(one, name), act(other, name))).toBe("another act");
    expect(likeness(act(one, name), act(`${one}&expand[]=customer`, name))).toBe("equal");
  });

  test("nesting cannot be imitated by text", () => {
    const texts = ["a=1", "a[b]=1", "a[]=1", "a[]=1&a[]=1", 'a=["list","1"]', 'a={"b":"1"}', "a[list]=1"];
    expect(new Set(texts.map((text) => act(text, "customers.create").identity)).size).toBe(texts.length);
  });
});

test("another operation, path or word of the caller's is another act", () => {
  const all = [
    act(BASE),
    act(BASE, "paymentIntents.create"),
    act(BASE, "charges.create", {}, "/v1/charges/ch_1"),
    act(BASE, "charges.create", { agentAct: "second" }),
    act(BASE, "charges.create", { agentAct: "third" }),
  ];
  expect(new Set(all.map(({ identity }) => identity)).size).toBe(all.length);
});

test.each([
  ["customers.create", "email=a@b.test", true],
  ["invoices.create", "customer=cus_1", true],
  ["checkout.sessions.create", "customer=cus_1", true],
  ["tokens.create", "", true],
  ["paymentIntents.create", "amount=100&currency=usd", true],
  ["paymentIntents.create", "amount=100&currency=usd&confirm=false", true],
  ["paymentIntents.create", "amount=100&currency=usd&metadata[reference]=%E2%80%8B", true],
  ["paymentIntents.create", "amount=100&currency=usd&confirm=true&confirmation_token=ctoken_1", false],
  ["paymentIntents.create", "amount=100&currency=usd&metadata[reference]=1", false],
  ["paymentIntents.create", "amount=100&currency=usd&customer=cus_1", false],
  ["paymentIntents.confirm", "", true],
  ["paymentIntents.capture", "amount_to_capture=100&final_capture=false", true],
  ["invoices.pay", "", true],
  ["subscriptions.update", "add_invoice_items[0][price]=price_1", true],
  ["terminal.readers.refundPayment", "payment_intent=pi_1&amount=1", false],
  ["invoices.addLines", "lines[0][amount]=1", false],
  ["charges.create", BASE, false],
  ["charges.create", "amount=100&currency=usd&source=tok_1", false],
  ["refunds.create", "charge=ch_1", false],
  ["payouts.create", "amount=100&currency=usd", false],
  ["subscriptions.create", "customer=cus_1", false],
  ["invoiceItems.create", "customer=cus_1&amount=1&currency=usd", false],
  ["transfers.createReversal", "", false],
])("%s with %s ends with its delivery: %s", (name, body, expected) => {
  expect(act(body, name).endsWithDelivery).toBe(expected);
});

test.each([
  ["transfers.create", "amount=1&currency=usd&destination=acct_1", "source_transaction=ch_1"],
  ["payouts.create", "amount=1&currency=usd", "destination=ba_1"],
  ["topups.create", "amount=1&currency=usd", "source=src_1"],
])("%s: a description is wording, and %s with %s another", (name, body, more) => {
  expect(likeness(act(body, name), act(`${body}&description=a`, name))).toBe("reworded");
  expect(likeness(act(body, name), act(`${body}&metadata[order]=a`, name))).toBe("reworded");
  expect(likeness(act(body, name), act(`${body}&${more}`, name))).toBe("another act");
  expect(likeness(act(body, name), act(`${body}&metadata[reference]=a`, name))).toBe("another act");
});

test.each([
  ["customers.update", true],
  ["paymentIntents.update", true],
  ["transfers.updateReversal", true],
  ["customers.del", true],
  ["subscriptions.cancel", true],
  ["paymentMethods.attach", true],
  ["paymentMethods.detach", true],
  ["charges.create", false],
  ["customers.create", false],
  ["charges.capture", false],
  ["paymentIntents.confirm", false],
  ["invoices.pay", false],
  ["subscriptions.update", false],
  ["subscriptionItems.update", false],
  ["accounts.update", false],
  ["invoiceItems.update", true],
  ["transfers.createReversal", false],
])("%s brings an object into a state: %s", (name, expected) => {
  expect(setsState(operationOf(name))).toBe(expected);
});

test("order never matters, and every change of an amount does", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 6 }),
      fc.nat(),
      (names, amount) => {
        const pairs = names
          .filter((name) => name !== "expand" && name !== "amount")
          .map((name) => `x${name}=1`);
        const forward = act([...pairs, `amount=${amount}`].join("&"));
        expect(act([`amount=${amount}`, ...pairs.toReversed()].join("&"))).toEqual(forward);
        expect(act([...pairs, `amount=${amount + 1}`].join("&")).identity).not.toBe(forward.identity);
      },
    ),
  );
});
