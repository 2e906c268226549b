import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actOf } from "./act.ts";
import { decodeForm } from "./form.ts";
import { priceCall } from "./pricing.ts";
import { resolveOperation } from "./resolve.ts";
import { type SimulatedAnswer, simulateAnswer } from "./simulate.ts";

const NOW = Date.UTC(2026, 10, 21);

/** What a simulate key's request is answered, through the same steps as a real call. */
function answer(method: string, target: string, body = ""): SimulatedAnswer {
  const resolution = resolveOperation(method, target);
  if (!resolution.ok) throw new Error(resolution.reason);
  const { operation, path, pathParams, query } = resolution;
  const decoded = decodeForm(method === "POST" ? body : query);
  if (!decoded.ok) throw new Error(decoded.message);
  const request = { operation, path, params: decoded.params };
  const act = actOf(request, { agentAct: null, includes: [] }).terms;
  return simulateAnswer({ operation, params: decoded.params, path, pathParams, act, at: NOW });
}

describe("the official client", () => {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { status, body: object } = answer(request.method ?? "", request.url ?? "", body);
      response.writeHead(status, { "content-type": "application/json", "stripe-should-retry": "false" });
      response.end(JSON.stringify(object));
    });
  });
  let stripe: Stripe;
  beforeAll(async () => {
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    stripe = new Stripe("vk_sim_x", { host: "127.0.0.1", port, protocol: "http", telemetry: false });
  });
  afterAll(() => new Promise<void>((done) => void server.close(() => done())));

  test("charges, refunds and reads", async () => {
    const asked = { amount: 1999, currency: "usd", customer: "cus_1", metadata: { reference: "o1" } };
    const charge = await stripe.charges.create(asked);
    expect(charge).toMatchObject({
      object: "charge",
      amount: 1999,
      currency: "usd",
      paid: true,
      customer: "cus_1",
    });
    expect(charge.id).toMatch(/^ch_mock_1999_usd_[0-9a-f]{12}$/);
    expect(charge.created).toBe(NOW / 1000);
    expect((await stripe.charges.create(asked)).id).toBe(charge.id);
    expect((await stripe.charges.create({ ...asked, amount: 5 })).id).not.toBe(charge.id);
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ id: charge.id, amount_captured: 1999 });
    expect(await stripe.refunds.create({ charge: charge.id, amount: 100 })).toMatchObject({
      object: "refund",
      amount: 100,
      currency: "usd",
      charge: charge.id,
      status: "succeeded",
    });
    expect(await stripe.customers.retrieve("cus_9")).toMatchObject({ id: "cus_9", object: "customer" });
    expect(await stripe.customers.del("cus_9")).toEqual(
      expect.objectContaining({ id: "cus_9", deleted: true }),
    );
    expect((await stripe.balance.retrieve()).available).toHaveLength(1);
    expect(await stripe.charges.list({ limit: 3 }).autoPagingToArray({ limit: 10 })).toEqual([]);
    expect((await stripe.charges.search({ query: "x" })).data).toEqual([]);
    expect(await stripe.charges.create({ amount: 5, currency: "usd", capture: false })).toMatchObject({
      captured: false,
      amount_captured: 0,
    });
  });

  test("payment intents go through their states", async () => {
    const { paymentIntents } = stripe;
    const intent = await paymentIntents.create({ amount: 700, currency: "eur" });
    expect(intent).toMatchObject({
      status: "requires_payment_method",
      amount_received: 0,
      latest_charge: null,
    });
    expect(await paymentIntents.confirm(intent.id)).toMatchObject({
      status: "succeeded",
      amount_received: 700,
    });
    expect(await paymentIntents.capture(intent.id, { amount_to_capture: 200 })).toMatchObject({
      amount_received: 200,
    });
    expect(await paymentIntents.cancel(intent.id)).toMatchObject({ status: "canceled" });
  });

  test("what is not simulated is an error, not a success", async () => {
    await expect(stripe.subscriptions.create({ customer: "cus_1" })).rejects.toMatchObject({
      statusCode: 404,
      code: "simulation_unsupported",
    });
  });
});

describe("a refund without an amount is priced by the same look-ups", () => {
  test.each(["charge", "payment_intent"])("of a %s", (name) => {
    const made =
      name === "charge"
        ? answer("POST", "/v1/charges", "amount=1999&currency=eur")
        : answer("POST", "/v1/payment_intents", "amount=1999&currency=eur&confirm=true");
    const { id } = made.body as { id: string };
    let plan = priceCall({
      operation: "refunds.create",
      params: { [name]: id },
      pathParams: [],
      apiVersion: null,
    });
    while (plan.kind === "lookup") plan = plan.next(answer("GET", plan.path).body);
    expect(plan).toMatchObject({
      kind: "amount",
      amountMinor: 1999,
      currency: "eur",
      inject: { amount: "1999" },
    });
    const refund = answer("POST", "/v1/refunds", `${name}=${id}&amount=1999`).body;
    expect(refund).toMatchObject({ amount: 1999, currency: "eur" });
  });

  test("an id that was not made here stands for ten dollars", () => {
    expect(answer("GET", "/v1/charges/ch_real").body).toMatchObject({
      id: "ch_real",
      amount: 1000,
      currency: "usd",
    });
  });
});
