import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actDigest } from "./act.ts";
import { decodeForm, type Params } from "./form.ts";

function params(text: string): Params {
  const result = decodeForm(text);
  if (!result.ok) throw new Error(result.message);
  return result.params;
}

const digest = (
  body: string,
  operation = "charges.create",
  path = "/v1/charges",
  act: string | null = null,
) => actDigest(operation, path, params(body), act);

const BASE = "amount=100&currency=usd&customer=cus_1";

test("is hex SHA-256 and does not move between releases", () => {
  expect(digest(BASE)).toMatch(/^[0-9a-f]{64}$/);
  // Claims outlive a deployment: another digest would execute a retried act twice.
  expect(digest(`${BASE}&metadata[reference]=o1`)).toBe(
    "82b5f9fdbcd884d6bfca8827b38207d2d867681ee3753d2697dadafedfd4820a",
  );
});

describe("the same act", () => {
  test.each([
    "customer=cus_1&currency=usd&amount=100",
    "amount=100&currency=USD&customer=cus_1",
    `${BASE}&description=June`,
    `${BASE}&statement_descriptor=A&statement_descriptor_suffix=B&statement_descriptor_suffix_kana=C`,
    `${BASE}&receipt_email=a@b.c`,
    `${BASE}&expand[]=customer`,
    `${BASE}&metadata[note]=again`,
    `${BASE}&metadata=`,
  ])("%s", (body) => {
    expect(digest(body)).toBe(digest(BASE));
  });

  test("a refund's reason is wording", () => {
    const refund = (body: string) => digest(body, "refunds.create", "/v1/refunds");
    expect(refund("charge=ch_1&reason=duplicate&instructions_email=a@b.c")).toBe(refund("charge=ch_1"));
  });
});

describe("another act", () => {
  test.each([
    "amount=101&currency=usd&customer=cus_1",
    "amount=100&currency=eur&customer=cus_1",
    "amount=100&currency=usd&customer=cus_2",
    "amount=100&currency=usd",
    `${BASE}&capture=false`,
    `${BASE}&source=tok_visa`,
    `${BASE}&reason=x`,
    `${BASE}&transfer_data[destination]=acct_1`,
    `${BASE}&metadata[reference]=o1`,
    `${BASE}&metadata[billing_period]=2026-06`,
    `${BASE}&reference=o1`,
    `${BASE}&something_new=1`,
    `${BASE}&transfer_data[description]=x`,
  ])("%s", (body) => {
    expect(digest(body)).not.toBe(digest(BASE));
  });

  test("by operation, path, or the caller's own word", () => {
    const all = [
      digest(BASE),
      digest(BASE, "paymentIntents.create"),
      digest(BASE, "charges.create", "/v1/charges/ch_1"),
      digest(BASE, "charges.create", "/v1/charges", "second"),
      digest(BASE, "charges.create", "/v1/charges", "third"),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("reference and billing period are not each other", () => {
    expect(digest(`${BASE}&metadata[reference]=x`)).not.toBe(digest(`${BASE}&metadata[billing_period]=x`));
  });

  test("nesting cannot be imitated by text", () => {
    const texts = ["a=1", "a[b]=1", "a[]=1", "a[]=1&a[]=1", 'a=["list","1"]', 'a={"b":"1"}', "a[list]=1"];
    expect(new Set(texts.map((text) => digest(text))).size).toBe(texts.length);
  });
});

test.each([
  ["charges.update", "description=a", "description=b", false],
  ["customers.update", "metadata[plan]=a", "metadata[plan]=b", false],
  ["transfers.updateReversal", "metadata[a]=1", "metadata[a]=2", false],
  ["paymentIntents.update", "receipt_email=a", "receipt_email=b", false],
  ["charges.update", "description=a&expand[]=customer", "description=a", true],
  ["charges.capture", "statement_descriptor=a", "statement_descriptor=b", true],
])("%s: %s and %s are one act: %s", (operation, one, other, same) => {
  expect(digest(one, operation) === digest(other, operation)).toBe(same);
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
        const forward = digest([...pairs, `amount=${amount}`].join("&"));
        expect(digest([`amount=${amount}`, ...pairs.toReversed()].join("&"))).toBe(forward);
        expect(digest([...pairs, `amount=${amount + 1}`].join("&"))).not.toBe(forward);
      },
    ),
  );
});
