import { expect, test } from "vitest";
import {
  NO_WAIT,
  type Reply,
  refusalReply,
  type SeenRequest,
  stripeCharge,
  stripeIntent,
  VAULT_KEY,
} from "../../test/scripted-server.ts";
import { useScriptedServer } from "../../test/use-scripted-server.ts";
import { createToolset } from "../run/toolset.ts";

const server = await useScriptedServer();

function check(input: object) {
  const { tools } = createToolset("audit", {
    vaultKey: VAULT_KEY,
    proxyUrl: server.url,
    runtime: NO_WAIT,
    only: ["check_existing_charge"],
  });
  const [tool] = tools;
  if (tool === undefined) throw new Error("no tool");
  return tool.execute({ customer_id: "cus_1", ...input });
}

const list = (data: object[], has_more = false) => ({ body: { object: "list", data, has_more } });

/** Pages of charges one after another, the last one again and again; and the payment intents in one. */
function answer(charges: Reply[], intents: Reply = list([])) {
  const pages = [...charges];
  server.answer((request: SeenRequest) => {
    if (request.url.startsWith("/stripe/v1/payment_intents?")) return intents;
    return (pages.length > 1 ? pages.shift() : pages[0]) ?? "drop";
  });
}

test("finds by metadata, amount and reference together", async () => {
  const wanted = stripeCharge({ metadata: { billing_period: "2026-06", reference: "A" } });
  answer([list([stripeCharge({ metadata: { billing_period: "2026-05" } }), wanted])]);
  const found = {
    ok: true,
    status: "found",
    id: wanted.id,
    message: expect.stringContaining("Do not charge again"),
  };
  expect(await check({ billing_period: "2026-06" })).toMatchObject(found);
  expect(await check({ billing_period: "2026-06", reference: "A", amount_cents: 2900 })).toMatchObject(found);
  expect(await check({ reference: "B" })).toMatchObject({ ok: true, status: "not_found", id: null });
  expect(server.requests[0]?.url).toBe("/stripe/v1/charges?customer=cus_1&limit=100");
});

test("pending counts as existing, failed does not, refunded is said", async () => {
  const period = { metadata: { billing_period: "2026-06" } };
  answer([list([stripeCharge({ ...period, status: "pending" })])]);
  expect(await check({ billing_period: "2026-06" })).toMatchObject({
    status: "found",
    message: expect.stringMatching(/pending, which counts as charged/),
  });
  answer([list([stripeCharge({ ...period, status: "failed" })])]);
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "not_found" });
  answer([list([stripeCharge({ ...period, refunded: true })])]);
  expect(await check({ billing_period: "2026-06" })).toMatchObject({
    status: "found",
    message: expect.stringContaining("refunded in full"),
  });
});

test("a charge of other code is recognised by its description, by whole words", async () => {
  answer([list([stripeCharge({ description: "Subscription 2026-06, order 1234" })])]);
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "found" });
  expect(await check({ reference: "1234" })).toMatchObject({ status: "found" });
  expect(await check({ reference: "12" })).toMatchObject({ status: "not_found" });
});

test("another amount for the same month is not a match, but is said", async () => {
  answer([list([stripeCharge({ id: "ch_other", amount: 3900, metadata: { billing_period: "2026-06" } })])]);
  expect(await check({ billing_period: "2026-06", amount_cents: 2900 })).toMatchObject({
    status: "not_found",
    data: { found: false, other_amounts: [{ id: "ch_other" }] },
    message: expect.stringMatching(/another amount.*ch_other \(39\.00 USD/),
  });
});

test("reads page after page until it is sure", async () => {
  const wanted = stripeCharge({ metadata: { reference: "A" } });
  const last = stripeCharge();
  answer([list([last], true), list([wanted])]);
  expect(await check({ reference: "A" })).toMatchObject({ status: "found", id: wanted.id });
  expect(server.requests[1]?.url).toBe(
    `/stripe/v1/charges?customer=cus_1&limit=100&starting_after=${last.id}`,
  );
});

test("without an end it stops after ten pages and does not say that there is none", async () => {
  answer([list([stripeCharge()], true)]);
  expect(await check({ reference: "A" })).toMatchObject({
    ok: true,
    status: "incomplete",
    data: { complete: false },
    message: expect.stringContaining("Ask a person"),
  });
  expect(server.requests).toHaveLength(11);
  answer([list([])], list([stripeIntent()], true));
  expect(await check({ reference: "A" })).toMatchObject({ status: "incomplete", data: { complete: false } });
  expect(server.requests).toHaveLength(22);
});

test("a page that fails makes the whole search fail", async () => {
  const failed = { status: 500, body: { error: { type: "api_error", message: "x" } } };
  answer([list([stripeCharge()], true), failed]);
  expect(await check({ reference: "A" })).toMatchObject({ ok: false, code: "upstream_error" });
  answer([list([])], failed);
  expect(await check({ reference: "A" })).toMatchObject({ ok: false, code: "upstream_error" });
  answer(
    [list([])],
    refusalReply(403, "operation_not_allowed", "The key does not allow paymentIntents.list."),
  );
  expect(await check({ reference: "A" })).toMatchObject({
    ...{ ok: false, code: "operation_not_allowed" },
    message: expect.stringContaining("paymentIntents.list"),
  });
});

test("with the customer alone any charge is a match", async () => {
  answer([list([])]);
  expect(await check({})).toMatchObject({ status: "not_found" });
  answer([list([stripeCharge()])]);
  expect(await check({})).toMatchObject({ status: "found" });
});

const JUNE = { metadata: { billing_period: "2026-06" } };

test("a payment intent is found as a charge is, while it can still be paid", async () => {
  const intent = stripeIntent(JUNE);
  answer([list([])], list([intent]));
  expect(await check({ billing_period: "2026-06", amount_cents: 2900 })).toMatchObject({
    ...{ ok: true, status: "found", id: intent.id },
    data: { found: true, charges: [], payment_intents: [{ id: intent.id, object: "payment_intent" }] },
    message: expect.stringMatching(/payment intent exists, pi_.*requires_payment_method.*counts as charged/),
  });
  expect(server.requests.at(-1)?.url).toBe("/stripe/v1/payment_intents?customer=cus_1&limit=100");
  expect(await check({ billing_period: "2026-06", amount_cents: 100 })).toMatchObject({
    ...{ status: "not_found", data: { other_amounts: [{ id: intent.id }] } },
  });
  answer([list([])], list([stripeIntent({ ...JUNE, status: "canceled" })]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "not_found" });
  answer([list([])], list([stripeIntent({ ...JUNE, status: "succeeded" })]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({
    ...{ status: "found", message: expect.not.stringContaining("not paid") },
  });
  answer([list([])], list([stripeIntent({ description: "Plan, 2026-06" })]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "found" });
});

test("what was paid by an intent counts once: as its charge, where that says what it is for", async () => {
  const intent = stripeIntent({ ...JUNE, status: "succeeded" });
  const charge = stripeCharge({ ...JUNE, payment_intent: intent.id });
  answer([list([charge])], list([intent]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({
    ...{ status: "found", id: charge.id },
    data: { charges: [{ id: charge.id }], payment_intents: [], other_amounts: [] },
  });
  // Only the intent was told later what it is for.
  answer([list([{ ...charge, metadata: {} }])], list([intent]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "found", id: intent.id });
  // A failed attempt leaves an intent that can still be paid.
  const open = { ...intent, status: "requires_payment_method" };
  answer([list([{ ...charge, status: "failed" }])], list([open]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "found", id: intent.id });
});
