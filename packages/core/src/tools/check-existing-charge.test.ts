import { expect, test } from "vitest";
import { NO_WAIT, stripeCharge, VAULT_KEY } from "../../test/scripted-server.ts";
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

test("finds by metadata, amount and reference together", async () => {
  const wanted = stripeCharge({ metadata: { billing_period: "2026-06", reference: "A" } });
  server.answer(list([stripeCharge({ metadata: { billing_period: "2026-05" } }), wanted]));
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
  server.answer(list([stripeCharge({ ...period, status: "pending" })]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({
    status: "found",
    message: expect.stringMatching(/pending, which counts as charged/),
  });
  server.answer(list([stripeCharge({ ...period, status: "failed" })]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "not_found" });
  server.answer(list([stripeCharge({ ...period, refunded: true })]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({
    status: "found",
    message: expect.stringContaining("refunded in full"),
  });
});

test("a charge of other code is recognised by its description, by whole words", async () => {
  server.answer(list([stripeCharge({ description: "Subscription 2026-06, order 1234" })]));
  expect(await check({ billing_period: "2026-06" })).toMatchObject({ status: "found" });
  expect(await check({ reference: "1234" })).toMatchObject({ status: "found" });
  expect(await check({ reference: "12" })).toMatchObject({ status: "not_found" });
});

test("another amount for the same month is not a match, but is said", async () => {
  server.answer(
    list([stripeCharge({ id: "ch_other", amount: 3900, metadata: { billing_period: "2026-06" } })]),
  );
  expect(await check({ billing_period: "2026-06", amount_cents: 2900 })).toMatchObject({
    status: "not_found",
    data: { found: false, other_amounts: [{ id: "ch_other" }] },
    message: expect.stringMatching(/another amount.*ch_other \(39\.00 USD/),
  });
});

test("reads page after page until it is sure", async () => {
  const wanted = stripeCharge({ metadata: { reference: "A" } });
  const last = stripeCharge();
  server.answer(list([last], true), list([wanted]));
  expect(await check({ reference: "A" })).toMatchObject({ status: "found", id: wanted.id });
  expect(server.requests[1]?.url).toBe(
    `/stripe/v1/charges?customer=cus_1&limit=100&starting_after=${last.id}`,
  );
});

test("without an end it stops after ten pages and does not say that there is none", async () => {
  server.answer(() => list([stripeCharge()], true));
  expect(await check({ reference: "A" })).toMatchObject({
    ok: true,
    status: "incomplete",
    data: { complete: false },
    message: expect.stringContaining("Ask a person"),
  });
  expect(server.requests).toHaveLength(10);
});

test("a page that fails makes the whole search fail", async () => {
  server.answer(list([stripeCharge()], true), {
    status: 500,
    body: { error: { type: "api_error", message: "x" } },
  });
  expect(await check({ reference: "A" })).toMatchObject({ ok: false, code: "upstream_error" });
});

test("with the customer alone any charge is a match", async () => {
  server.answer(list([]));
  expect(await check({})).toMatchObject({ status: "not_found" });
  server.answer(list([stripeCharge()]));
  expect(await check({})).toMatchObject({ status: "found" });
});
