import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeForm, encodeForm, jsonToParams, type Params, type ParamValue } from "./form.ts";
import { STRIPE_LIMITS } from "./limits.ts";

/** Plain copies, since what the decoder makes has no prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function decoded(text: string): unknown {
  const result = decodeForm(text);
  return result.ok ? plain(result.params) : result.message;
}

describe("decodeForm reads", () => {
  test.each<[string, unknown]>([
    ["", {}],
    ["amount=100&currency=usd", { amount: "100", currency: "usd" }],
    ["a=1&&b=2&", { a: "1", b: "2" }],
    ["description=", { description: "" }],
    ["a=b=c", { a: "b=c" }],
    ["a=1;b=2", { a: "1;b=2" }],
    ["d=x%20y+z", { d: "x y z" }],
    ["d=a%2Bb%26c", { d: "a+b&c" }],
    ["d=caf%C3%A9", { d: "café" }],
    ["d=café", { d: "café" }],
    ["metadata[a]=1&metadata%5Bb%5D=2", { metadata: { a: "1", b: "2" } }],
    ["metadata[order+id]=1", { metadata: { "order id": "1" } }],
    ["metadata[0]=x&metadata[7]=y", { metadata: { "0": "x", "7": "y" } }],
    ["metadata=", { metadata: "" }],
    ["expand[]=a&expand[]=b", { expand: ["a", "b"] }],
    ["expand[1]=b&expand[0]=a", { expand: ["a", "b"] }],
    ["expand%5B0%5D=a", { expand: ["a"] }],
    ["items[0][price]=p&items[0][quantity]=2", { items: [{ price: "p", quantity: "2" }] }],
    ["created[gte]=5", { created: { gte: "5" } }],
    ["shipping[address][line1]=L", { shipping: { address: { line1: "L" } } }],
  ])("%s", (text, params) => {
    expect(decoded(text)).toEqual(params);
  });
});

describe("decodeForm refuses", () => {
  test.each([
    ["amount=1&amount=2", "given twice"],
    ["amount=1&amount=1", "given twice"],
    ["amount=1&%61mount=2", "given twice"],
    ["a[b]=1&a[b]=2", "given twice"],
    ["a[0]=1&a[0]=2", "given twice"],
    ["a=1&a[b]=2", "both text and object"],
    ["a[b]=2&a=1", "both text and object"],
    ["a[b]=1&a[b][c]=2", "both text and object"],
    ["metadata=&metadata[a]=1", "both text and object"],
    ["a[0]=1&a[b]=2", "both list and object"],
    ["a[]=1&a[0]=2", "mixes"],
    ["a[]=1&a[b]=2", "mixes"],
    ["a[1]=x", "hole"],
    ["a[0]=x&a[2]=y", "hole"],
    ["a[00]=x", "hole"],
    ["a[99999999999]=x", "hole"],
    ["a[0]=x&a[01]=y", "hole"],
    ["items[][price]=p", "empty"],
    ["metadata[]=x", "metadata[key]"],
    ["amount", "name=value"],
    ["=1", "empty"],
    ["[a]=1", "empty"],
    ["a[b=1", "Malformed"],
    ["a]b=1", "Malformed"],
    ["a[b]c=1", "Malformed"],
    ["a[b][=1", "Malformed"],
    ["a[[b]]=1", "Malformed"],
    ["a%00=1", "NUL"],
    ["a=%00", "NUL"],
    ["a%0A=1", "Malformed"],
    ["a%7F=1", "Malformed"],
    ["a=%", "percent"],
    ["a=%zz", "percent"],
    ["a=%C3", "percent"],
    ["a=%c0%ae", "percent"],
    ["a=%ED%A0%80", "percent"],
    ["a=\ufffd", "UTF-8"],
    ["a=\ud800", "UTF-8"],
    ["__proto__[x]=1", "Forbidden"],
    ["a[__proto__]=1", "Forbidden"],
    ["constructor[prototype][x]=1", "Forbidden"],
    ["metadata[constructor]=1", "Forbidden"],
    ["_method=DELETE", "Forbidden"],
    [`a${"[b]".repeat(STRIPE_LIMITS.formDepth)}=1`, "too deeply"],
    [`${"a".repeat(STRIPE_LIMITS.formKeyLength + 1)}=1`, "too long"],
    [`${"%61".repeat(STRIPE_LIMITS.formKeyLength + 1)}=1`, "too long"],
    [Array.from({ length: STRIPE_LIMITS.formPairs + 1 }, (_, i) => `k${i}=1`).join("&"), "More than"],
    [Array.from({ length: STRIPE_LIMITS.formArrayItems + 1 }, () => "a[]=1").join("&"), "too long"],
  ])("%s", (text, message) => {
    expect(decoded(text)).toContain(message);
  });

  test("pollution leaves every object alone", () => {
    decodeForm("__proto__[polluted]=1&a[constructor][prototype][polluted]=1");
    jsonToParams(JSON.parse('{"__proto__": {"polluted": 1}}'));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const result = decodeForm("a=1");
    expect(result.ok && Object.getPrototypeOf(result.params)).toBeNull();
  });
});

describe("jsonToParams", () => {
  test("writes what stripe-node would send", () => {
    const result = jsonToParams({
      amount: 100,
      capture: false,
      percent: 12.5,
      negative: -3,
      description: null,
      metadata: { "0": "x", order: 7 },
      expand: ["customer"],
      items: [{ price: "p", quantity: 2 }],
      empty: {},
      none: [],
    });
    expect(result.ok && encodeForm(result.params)).toBe(
      "amount=100&capture=false&percent=12.5&negative=-3&description=&metadata[0]=x&metadata[order]=7" +
        "&expand[0]=customer&items[0][price]=p&items[0][quantity]=2",
    );
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["a list", []],
    ["text", "amount=1"],
    ["a number too large", { amount: 2 ** 53 }],
    ["an exponent", { amount: 1e-7 }],
    ["a huge number", { amount: 1e21 }],
    ["NaN", { amount: Number.NaN }],
    ["a function", { amount: () => 1 }],
    ["half a surrogate pair", { a: "\ud800" }],
    ["NUL", { a: "\0" }],
    ["brackets in a name", { "metadata[x]": 1 }],
    ["an empty name", { "": 1 }],
    ["a control character in a name", { "a\n": 1 }],
    ["__proto__", JSON.parse('{"__proto__": 1}')],
    ["_method", { _method: "DELETE" }],
    ["numbers for names", { items: { "0": "x" } }],
    ["an empty object in a list", { items: [{}] }],
    ["metadata as a list", { metadata: ["a"] }],
    ["a long list", { a: Array.from({ length: 251 }, () => 1) }],
    ["too deep", { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } } } } } }],
  ])("refuses %s", (_name, value) => {
    expect(jsonToParams(value)).toMatchObject({ ok: false });
  });
});

const name = fc
  .stringMatching(/^[a-z_ é"%&=+]{1,8}$/)
  .filter((text) => text !== "metadata" && text !== "__proto__");
const { value: paramValue } = fc.letrec<{ value: ParamValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0") && !text.includes("\ufffd")),
    fc.array(tie("value"), { minLength: 1, maxLength: 3 }),
    fc.dictionary(name, tie("value"), { minKeys: 1, maxKeys: 3 }) as fc.Arbitrary<Params>,
  ),
}));
const params: fc.Arbitrary<Params> = fc.dictionary(name, paramValue, { maxKeys: 4 });

test("what is encoded decodes to the same, and encodes to the same bytes again", () => {
  fc.assert(
    fc.property(params, (value) => {
      const wire = encodeForm(value);
      const back = decodeForm(wire);
      expect(back.ok && plain(back.params)).toEqual(plain(value));
      expect(back.ok && encodeForm(back.params)).toBe(wire);
      const json = jsonToParams(plain(value));
      expect(json.ok && encodeForm(json.params)).toBe(wire);
    }),
    { numRuns: 500 },
  );
});

test("any text is refused, or has one canonical reading", () => {
  const pieces = ["a", "b", "[", "]", "[]", "[0]", "[1]", "=", "&", "%5B", "%5D", "%", "+", "metadata", "1"];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (tried) => {
      const first = decodeForm(tried);
      if (!first.ok) return;
      const again = decodeForm(encodeForm(first.params));
      expect(again).toEqual({ ok: true, params: first.params });
    }),
    { numRuns: 3000 },
  );
});

describe("stripe-node's own wire encoding", () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      bodies.push(body);
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  beforeAll(() => new Promise<void>((done) => void server.listen(0, "127.0.0.1", done)));
  afterAll(() => new Promise<void>((done) => void server.close(() => done())));

  test("is ours, byte for byte", async () => {
    const { port } = server.address() as AddressInfo;
    const stripe = new Stripe("sk_test_x", { host: "127.0.0.1", port, protocol: "http", telemetry: false });
    await stripe.charges.create({
      amount: 100,
      currency: "usd",
      source: "tok_visa",
      capture: false,
      description: "it's (50% off!) a*b+c & [x] ~é 💶",
      metadata: { a: "1", "b c": "x y", "7": "seven" },
      expand: ["customer", "balance_transaction"],
      shipping: { name: "N", address: { line1: "L" } },
    });
    await stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [
        { quantity: 2, price_data: { currency: "usd", unit_amount: 500, product_data: { name: "T" } } },
      ],
    });
    await stripe.refunds.create({ charge: "ch_1", metadata: "" });
    expect(bodies).toHaveLength(3);
    for (const body of bodies) {
      const result = decodeForm(body);
      expect(result.ok && encodeForm(result.params)).toBe(body);
    }
  });
});
