import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

describe("the server", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("health, readiness and metrics need no key and hold none", async () => {
    const key = await stack.issue();
    await charge(stack, key.vault_key);
    expect((await fetch(`${stack.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${stack.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${stack.url}/metrics`)).text();
    expect(metrics).toMatch(
      /keybrake_calls_total\{operation="charges.create",decision="allowed",code=""\} [1-9]/,
    );
    expect(metrics).not.toMatch(/vk_(live|test|sim)_|sk_test_/);
  });

  test("a body over the limit is refused with a row, and the connection ends", async () => {
    const key = await stack.issue();
    const answer = await stack.call(key.vault_key, "POST", "/v1/charges", {
      form: { amount: 100, currency: "usd", description: "x".repeat(300_000) },
      headers: { "idempotency-key": "big" },
    });
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({
      status: 413,
      code: "body_too_large",
    });
    expect(await stack.auditRows(`&vault_key_id=${key.id}`)).toHaveLength(1);
  });

  test("headers over the limit, and broken HTTP, are refused by the parser", async () => {
    const key = await stack.issue();
    const big = await fetch(`${stack.url}/v1/customers`, {
      headers: { authorization: `Bearer ${key.vault_key}`, "x-big": "y".repeat(20_000) },
    });
    expect(big.status).toBe(431);
    const answer = await raw(
      "GET /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("agent headers over the limit are refused", async () => {
    const key = await stack.issue();
    const answer = await charge(stack, key.vault_key, {}, { "x-agent-run-id": "r".repeat(201) });
    expect(answer.body.error.code).toBe("request_invalid");
    const long = await charge(stack, key.vault_key, {}, { "idempotency-key": "k".repeat(256) });
    expect(long.body.error.code).toBe("request_invalid");
  });

  test("a flood without a valid key is limited and leaves no rows", async () => {
    const flooded = await startStack();
    await using _ = flooded;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => flooded.call("vk_test_nonsense", "GET", "/v1/customers")),
    );
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(60);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(40);
    expect(await flooded.auditRows()).toEqual([]);
    // Whoever has a key is served all the same.
    const key = await flooded.issue();
    expect((await charge(flooded, key.vault_key)).status).toBe(200);
  });

  test("nothing of the client but what is named reaches Stripe", async () => {
    const key = await stack.issue();
    await charge(
      stack,
      key.vault_key,
      {},
      {
        cookie: "session=1",
        "x-http-method-override": "DELETE",
        "x-forwarded-for": "1.2.3.4",
        "stripe-version": "2026-10-28.endive",
        "x-stripe-client-user-agent": "{}",
        te: "trailers",
      },
    );
    const sent = (await stack.control.requests()).data.at(-1);
    const names = (sent?.headers ?? []).map(([name]) => name.toLowerCase()).sort();
    expect(names).toEqual([
      "accept",
      "authorization",
      "connection",
      "content-length",
      "content-type",
      "host",
      "idempotency-key",
      "stripe-version",
      "user-agent",
    ]);
    const headers = new Map(sent?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    expect(headers.get("authorization")).not.toContain("vk_");
  });

  test("no key in any log line, answer or row, whatever the client puts where", async () => {
    const key = await stack.issue();
    const leaks = {
      "x-agent-run-id": key.vault_key,
      "x-agent-name": UPSTREAM_KEY,
      "idempotency-key": key.vault_key,
    };
    await charge(stack, key.vault_key, { description: key.vault_key }, leaks);
    await stack.call(key.vault_key, "GET", `/v1/charges/${key.vault_key}`);
    const output = [
      ...stack.logLines,
      JSON.stringify(await stack.auditRows()),
      JSON.stringify((await stack.admin("/vault-keys")).body),
      await (await fetch(`${stack.url}/metrics`)).text(),
    ].join("\n");
    expect(stack.logLines.length).toBeGreaterThan(0);
    expect(output).not.toContain(key.vault_key);
    expect(output).not.toContain(UPSTREAM_KEY);
    expect(output).not.toContain(stack.adminKey);
  });

  test("a client that goes away does not stop its call: the books are finished", async () => {
    const key = await stack.issue();
    await stack.control.addFault({ operation: "charges.create", kind: "delay", delay_ms: 500, times: 1 });
    const body = "amount=100&currency=usd&source=tok_visa";
    const call = request(`${stack.url}/v1/charges`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key.vault_key}`,
        "idempotency-key": "gone",
        "content-length": body.length,
      },
    });
    call.on("error", () => {});
    call.end(body);
    await untilStripeHas(stack, "gone");
    call.destroy();
    await expect
      .poll(async () => (await stack.auditRows(`&vault_key_id=${key.id}`)).map((row) => row.state), {
        timeout: 5000,
      })
      .toEqual(["posted"]);
  });

  test("closing lets a call in flight end, and refuses new ones", async () => {
    const closing = await startStack();
    const key = await closing.issue();
    await closing.control.addFault({ operation: "charges.create", kind: "delay", delay_ms: 500, times: 1 });
    const inFlight = charge(closing, key.vault_key, {}, { "idempotency-key": "in-flight" });
    await untilStripeHas(closing, "in-flight");
    const disposed = closing[Symbol.asyncDispose]();
    expect((await inFlight).status).toBe(200);
    await disposed;
    await expect(charge(closing, key.vault_key)).rejects.toThrow();
  });

  /** Waits until the stand-in works on the call: from then on its answer is what counts. */
  async function untilStripeHas({ control }: Stack, idempotencyKey: string): Promise<void> {
    const keys = async () => (await control.requests()).data.map((entry) => entry.idempotency_key);
    await expect.poll(keys, { timeout: 5000, interval: 10 }).toContain(idempotencyKey);
  }

  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(stack.port, "127.0.0.1", () => socket.write(text));
      let answer = "";
      socket.setTimeout(3000, () => socket.destroy());
      socket.on("data", (chunk) => {
        answer += chunk.toString();
      });
      socket.on("close", () => resolve(answer));
      socket.on("error", reject);
    });
  }
});
