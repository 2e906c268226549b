import { describe, expect, it } from "vitest";
import { rejection, startBench } from "./test-support.ts";

const HOUR_MS = 60 * 60 * 1000;
const CHARGE = "amount=500&currency=usd&source=tok_visa";

describe("the clock", () => {
  it("moves ahead when it is told, and objects are made at its time", async () => {
    await using bench = await startBench({ clock: () => Date.UTC(2026, 0, 1) });
    const { stripe, control } = bench;
    expect(await control.now()).toBe(Date.UTC(2026, 0, 1));
    expect(await control.advance(25 * HOUR_MS)).toBe(Date.UTC(2026, 0, 2, 1));
    const charge = await stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa" });
    expect(charge.created).toBe(Date.UTC(2026, 0, 2, 1) / 1000);
    await expect(control.advance(-1)).rejects.toThrow("advance_ms must be an integer from 0");
  });

  it("makes idempotency keys forgotten after 24 hours: then the same key charges again", async () => {
    await using bench = await startBench();
    const charge = () =>
      bench.request("POST", "/v1/charges", { body: CHARGE, headers: { "idempotency-key": "k" } });
    const first = await charge();
    await bench.control.advance(24 * HOUR_MS - 60_000);
    expect((await charge()).body.id).toBe(first.body.id);
    await bench.control.advance(60_000);
    expect((await charge()).body.id).not.toBe(first.body.id);
  });
});

describe("saved 500s", () => {
  it.each([
    ["error_before", 0],
    ["error_after", 1],
  ] as const)("%s repeats for its key, after %i charges", async (kind, made) => {
    await using bench = await startBench();
    await bench.control.addFault({ kind, operation: "charges.create", times: 1 });
    const charge = (key: string) =>
      bench.request("POST", "/v1/charges", { body: CHARGE, headers: { "idempotency-key": key } });
    for (const replayed of [null, "true", "true"]) {
      const answer = await charge("k");
      expect(answer.status).toBe(500);
      expect(answer.headers.get("idempotent-replayed")).toBe(replayed);
    }
    expect((await bench.control.summary()).charges.created).toBe(made);
    expect((await charge("another")).status).toBe(200);
  });
});

describe("lag", () => {
  it("hides objects from lists and searches for a while, and never from a retrieve", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    await control.setLag({ list_ms: 60_000, search_ms: 120_000 });
    const charge = await stripe.charges.create({
      amount: 500,
      currency: "usd",
      customer: "cus_demo_alice",
      metadata: { order: "7" },
    });
    const listed = async () =>
      (await stripe.charges.list({ customer: "cus_demo_alice" })).data.map(({ id }) => id);
    const searched = async () =>
      (await stripe.charges.search({ query: "metadata['order']:'7' AND amount>499" })).data.map(
        ({ id }) => id,
      );
    expect((await stripe.charges.retrieve(charge.id)).id).toBe(charge.id);
    expect(await listed()).toEqual([]);
    await control.advance(61_000);
    expect(await listed()).toEqual([charge.id]);
    expect(await searched()).toEqual([]);
    await control.advance(60_000);
    expect(await searched()).toEqual([charge.id]);
  });

  it("is gone after a reset", async () => {
    await using bench = await startBench();
    await bench.control.setLag({ list_ms: 60_000 });
    expect((await bench.stripe.customers.list()).data).toHaveLength(0);
    await bench.control.reset();
    expect((await bench.stripe.customers.list()).data).toHaveLength(3);
  });
});

describe("search", () => {
  it("joins by AND or OR, negates, pages, and refuses what it cannot read", async () => {
    await using bench = await startBench();
    const { stripe } = bench;
    for (const amount of [500, 600, 700]) {
      await stripe.paymentIntents.create({ amount, currency: "usd", metadata: { n: String(amount) } });
    }
    const amounts = async (query: string) =>
      (await stripe.paymentIntents.search({ query })).data.map(({ amount }) => amount);
    expect(await amounts("amount>=600 AND currency:'usd'")).toEqual([700, 600]);
    expect(await amounts("amount:500 OR metadata['n']:'700'")).toEqual([700, 500]);
    expect(await amounts('-metadata["n"]:"600"')).toEqual([700, 500]);
    const page = await stripe.paymentIntents.search({ query: "amount>0", limit: 2 });
    expect(page).toMatchObject({ has_more: true, next_page: "2" });
    const next = await stripe.paymentIntents.search({
      query: "amount>0",
      limit: 2,
      page: page.next_page ?? "",
    });
    expect(next.data.map(({ amount }) => amount)).toEqual([500]);
    for (const query of ["amount>0 AND currency:'usd' OR amount:1", "colour:'red'", "amount"]) {
      expect(await rejection(stripe.paymentIntents.search({ query }))).toMatchObject({ param: "query" });
    }
  });
});
