import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { type Bench, executing, startBench, TEST_KEY } from "./test-support.ts";

const CHARGE = "amount=500&currency=usd&source=tok_visa";

function charge(bench: Bench, key: string) {
  return bench.request("POST", "/v1/charges", { body: CHARGE, headers: { "idempotency-key": key } });
}

async function created(bench: Bench): Promise<number> {
  return (await bench.control.summary()).charges.created;
}

describe("injected faults", () => {
  it("drop_before destroys the connection and executes nothing", async () => {
    await using bench = await startBench();
    await bench.control.addFault({ kind: "drop_before", operation: "charges.create", times: 1 });
    await expect(charge(bench, "k")).rejects.toThrow("fetch failed");
    expect(await created(bench)).toBe(0);
    const retried = await charge(bench, "k");
    expect(retried.headers.get("idempotent-replayed")).toBeNull();
    expect(await created(bench)).toBe(1);
    expect((await bench.control.requests()).data.map(({ status }) => status)).toEqual([null, 200]);
  });

  it("drop_after executes, and the retry gets the lost answer", async () => {
    await using bench = await startBench();
    await bench.control.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
    await expect(charge(bench, "k")).rejects.toThrow("fetch failed");
    expect(await created(bench)).toBe(1);
    const retried = await charge(bench, "k");
    expect(retried.status).toBe(200);
    expect(retried.headers.get("idempotent-replayed")).toBe("true");
    expect(await created(bench)).toBe(1);
  });

  it("the official client gets over a lost answer without charging twice", async () => {
    await using bench = await startBench();
    await bench.control.addFault({ kind: "drop_after", times: 1 });
    const { port } = bench.emulator;
    const stripe = new Stripe(TEST_KEY, { host: "127.0.0.1", port, protocol: "http", maxNetworkRetries: 1 });
    const made = await stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa" });
    expect(made.status).toBe("succeeded");
    expect(await created(bench)).toBe(1);
    expect((await bench.control.requests()).total).toBe(2);
  });

  it.each([
    ["rate_limit", 429, "false"],
    ["unavailable", 503, "true"],
  ] as const)("%s answers %i, executes nothing and keeps no key", async (kind, status, shouldRetry) => {
    await using bench = await startBench();
    await bench.control.addFault({ kind, times: 1 });
    const refused = await charge(bench, "k");
    expect(refused.status).toBe(status);
    expect(refused.headers.get("stripe-should-retry")).toBe(shouldRetry);
    expect(await created(bench)).toBe(0);
    const retried = await charge(bench, "k");
    expect(retried.status).toBe(200);
    expect(retried.headers.get("idempotent-replayed")).toBeNull();
  });

  it("strikes only its operation, only so often, and not after it is cleared", async () => {
    await using bench = await startBench();
    await bench.control.addFault({ kind: "rate_limit", operation: "charges.create", times: 2 });
    expect((await bench.request("GET", "/v1/charges")).status).toBe(200);
    const statuses: number[] = [];
    for (const key of ["a", "b", "c"]) statuses.push((await charge(bench, key)).status);
    expect(statuses).toEqual([429, 429, 200]);
    await bench.control.addFault({ kind: "rate_limit" });
    expect((await charge(bench, "d")).status).toBe(429);
    await bench.control.clearFaults();
    expect((await charge(bench, "d")).status).toBe(200);
  });

  it("draws probabilities from the fault's seed", async () => {
    const run = async (seed: number): Promise<number[]> => {
      await using bench = await startBench();
      await bench.control.addFault({ kind: "unavailable", probability: 0.5, seed });
      const statuses: number[] = [];
      for (let count = 0; count < 40; count += 1) {
        statuses.push((await bench.request("GET", "/v1/balance")).status);
      }
      return statuses;
    };
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
    const struck = first.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(8);
    expect(struck).toBeLessThan(32);
  });

  it("a delayed request executes although its client has gone", async () => {
    await using bench = await startBench();
    await bench.control.addFault({ kind: "delay", delay_ms: 1500, times: 1 });
    const client = new AbortController();
    const request = fetch(`${bench.emulator.url}/v1/charges`, {
      method: "POST",
      body: CHARGE,
      headers: { authorization: `Bearer ${TEST_KEY}`, "content-type": "application/x-www-form-urlencoded" },
      signal: client.signal,
    });
    await executing(bench);
    client.abort();
    await expect(request).rejects.toThrow();
    expect(await created(bench)).toBe(0);
    await expect.poll(() => created(bench), { timeout: 10_000 }).toBe(1);
  });

  it("closes at once although a request is delayed", async () => {
    const bench = await startBench();
    await bench.control.addFault({ kind: "delay", delay_ms: 60_000 });
    const waiting = charge(bench, "k").catch((error: unknown) => error);
    await executing(bench);
    await bench.emulator.close();
    expect(await waiting).toBeInstanceOf(TypeError);
  });

  it.each([
    [{ kind: "explode" }, "kind must be one of"],
    [{ kind: "delay" }, "delay_ms belongs to kind delay"],
    [{ kind: "drop_after", delay_ms: 5 }, "delay_ms belongs to kind delay"],
    [{ kind: "delay", delay_ms: 1e9 }, "delay_ms must be an integer"],
    [{ kind: "drop_after", times: 0 }, "times must be a positive integer"],
    [{ kind: "drop_after", probability: 1.5 }, "probability must be a number"],
    [{ kind: "drop_after", colour: "red" }, "unknown field: colour"],
    [{ kind: "drop_after", operation: "charge.create" }, "unknown operation: charge.create"],
  ])("refuses the fault %j", async (fault, message) => {
    await using bench = await startBench();
    const answer = await fetch(`${bench.emulator.url}/_emulator/faults`, {
      method: "POST",
      body: JSON.stringify(fault),
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(message);
  });
});

describe("control", () => {
  it("logs requests as they came, with the key masked", async () => {
    await using bench = await startBench();
    await bench.request("POST", "/v1/charges?expand[]=customer", {
      body: CHARGE,
      headers: { "idempotency-key": "k9", "X-Trace": "abc", authorization: "Bearer sk_test_secret123456" },
    });
    const log = await bench.control.requests();
    expect(log.total).toBe(1);
    expect(log.data[0]).toMatchObject({
      number: 1,
      method: "POST",
      path: "/v1/charges?expand[]=customer",
      operation: "charges.create",
      idempotency_key: "k9",
      body: CHARGE,
      status: 200,
      replayed: false,
    });
    const headers = new Map(log.data[0]?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    expect(headers.get("x-trace")).toBe("abc");
    expect(headers.get("authorization")).toBe("Bearer sk_test_…");
    expect(JSON.stringify(log)).not.toContain("secret123456");
  });

  it("keeps a bounded number of requests and counts all", async () => {
    await using bench = await startBench();
    const { kept } = await bench.control.requests();
    expect(kept).toBeGreaterThanOrEqual(1000);
    await Promise.all(Array.from({ length: 20 }, () => bench.request("GET", "/v1/balance")));
    const log = await bench.control.requests();
    expect(log.data.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it("reset brings back the seed customers and never repeats an id", async () => {
    await using bench = await startBench({ seedCustomers: [{ id: "cus_seed", email: "s@example.com" }] });
    const before = await charge(bench, "k");
    await bench.control.addFault({ kind: "rate_limit" });
    await bench.control.reset();
    expect((await bench.stripe.customers.list()).data.map(({ id }) => id)).toEqual(["cus_seed"]);
    expect((await bench.stripe.charges.list()).data).toEqual([]);
    const after = await charge(bench, "k");
    expect(after.status).toBe(200);
    expect(after.body.id).not.toBe(before.body.id);
    expect(await created(bench)).toBe(1);
  });

  it("has no other routes", async () => {
    await using bench = await startBench();
    expect((await bench.request("GET", "/_emulator/nothing")).status).toBe(404);
  });
});
