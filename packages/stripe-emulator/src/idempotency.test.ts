import { describe, expect, it } from "vitest";
import { type Bench, executing, startBench } from "./test-support.ts";

const CHARGE = "amount=500&currency=usd&source=tok_visa";

function charge(bench: Bench, key: string, body: string = CHARGE) {
  return bench.request("POST", "/v1/charges", { body, headers: { "idempotency-key": key } });
}

describe("idempotency keys", () => {
  it("replays the first answer under a new request id", async () => {
    await using bench = await startBench();
    const first = await charge(bench, "k1");
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    expect(first.headers.get("original-request")).toBe(first.headers.get("request-id"));
    expect(first.headers.get("idempotency-key")).toBe("k1");
    // The order of parameters does not make them different.
    const second = await charge(bench, "k1", "source=tok_visa&currency=usd&amount=500");
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(second.headers.get("original-request")).toBe(first.headers.get("request-id"));
    expect(second.headers.get("request-id")).toMatch(/^req_\w{14}$/);
    expect(second.headers.get("request-id")).not.toBe(first.headers.get("request-id"));
    expect((await bench.control.summary()).charges.created).toBe(1);
    expect((await bench.control.requests()).data.map(({ replayed }) => replayed)).toEqual([false, true]);
  });

  it("replays a decline, although the card would pay now", async () => {
    await using bench = await startBench();
    const declined = "amount=500&currency=usd&source=tok_chargeDeclined";
    const first = await charge(bench, "k", declined);
    const second = await charge(bench, "k", declined);
    expect([first.status, second.status]).toEqual([402, 402]);
    expect(second.body).toEqual(first.body);
    expect((await bench.control.summary()).charges.created).toBe(1);
  });

  it("refuses the key with other parameters", async () => {
    await using bench = await startBench();
    await charge(bench, "k");
    const other = await charge(bench, "k", "amount=501&currency=usd&source=tok_visa");
    expect(other.status).toBe(400);
    expect(other.body.error).toEqual({
      type: "idempotency_error",
      message:
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k' if you meant to execute a different request.",
    });
  });

  it("refuses the key on another endpoint", async () => {
    await using bench = await startBench();
    await charge(bench, "k");
    const other = await bench.request("POST", "/v1/customers", {
      body: "",
      headers: { "idempotency-key": "k" },
    });
    expect(other.status).toBe(400);
    expect(other.body.error.type).toBe("idempotency_error");
    expect(other.body.error.message).toContain("('/v1/customers' vs '/v1/charges')");
  });

  it("answers 409 while the first request executes, then replays", async () => {
    await using bench = await startBench();
    await bench.control.addFault({ kind: "delay", delay_ms: 1500, times: 1 });
    const slow = charge(bench, "k");
    await executing(bench);
    const meanwhile = await charge(bench, "k");
    expect(meanwhile.status).toBe(409);
    expect(meanwhile.body.error.code).toBe("idempotency_key_in_use");
    expect(meanwhile.headers.get("stripe-should-retry")).toBe("true");
    const first = await slow;
    expect(first.status).toBe(200);
    expect((await charge(bench, "k")).body).toEqual(first.body);
    expect((await bench.control.summary()).charges.created).toBe(1);
  });

  it("does not keep what fails validation", async () => {
    await using bench = await startBench();
    expect((await charge(bench, "k", "amount=1&currency=usd&source=tok_visa")).status).toBe(400);
    expect((await charge(bench, "k", "amont=500")).status).toBe(400);
    expect((await charge(bench, "k")).status).toBe(200);
  });

  it("keeps a 400 that the endpoint itself raised", async () => {
    await using bench = await startBench();
    const body = "amount=500&currency=usd&customer=cus_later";
    const first = await charge(bench, "k", body);
    const second = await charge(bench, "k", body);
    expect([first.status, second.status]).toEqual([400, 400]);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
  });

  it("keeps a 500 once execution began", async () => {
    await using bench = await startBench();
    await bench.control.addFault({ kind: "error_after", times: 1 });
    const first = await charge(bench, "k");
    const second = await charge(bench, "k");
    expect([first.status, second.status]).toEqual([500, 500]);
    expect(first.headers.get("stripe-should-retry")).toBe("false");
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect((await bench.control.summary()).charges.succeeded).toBe(1);
  });

  it("forgets a key after 24 hours and not before", async () => {
    let now = 1_800_000_000_000;
    await using bench = await startBench({ clock: () => now });
    const first = await charge(bench, "k");
    now += 24 * 60 * 60 * 1000 - 1;
    expect((await charge(bench, "k")).body.id).toBe(first.body.id);
    now += 1;
    expect((await charge(bench, "k")).body.id).not.toBe(first.body.id);
  });

  it("takes keys of up to 255 characters, and ignores keys on GET", async () => {
    await using bench = await startBench();
    expect((await charge(bench, "k".repeat(255))).status).toBe(200);
    const long = await charge(bench, "k".repeat(256));
    expect(long.status).toBe(400);
    expect(long.body.error.type).toBe("invalid_request_error");
    const headers = { "idempotency-key": "get" };
    const before = await bench.request("GET", "/v1/charges", { headers });
    await charge(bench, "other");
    const after = await bench.request("GET", "/v1/charges", { headers });
    expect(after.body.data.length).toBe(before.body.data.length + 1);
    expect(after.headers.get("idempotent-replayed")).toBeNull();
  });

  it("makes one object of 50 requests at once", async () => {
    await using bench = await startBench();
    const answers = await Promise.all(Array.from({ length: 50 }, () => charge(bench, "k")));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await bench.control.summary()).charges.created).toBe(1);
  });
});
