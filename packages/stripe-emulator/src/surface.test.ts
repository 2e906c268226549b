import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { dashboardPermission } from "./permissions.ts";
import { newClient, rejection, startBench, TEST_KEY } from "./test-support.ts";
import { STRIPE_API_VERSION } from "./version.ts";

/** Sends raw bytes and returns what comes back until the connection ends. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      received += chunk;
    });
    socket.on("end", () => resolve(received));
    socket.on("error", reject);
  });
}

describe("authentication", () => {
  it("takes a key as Bearer or as Basic", async () => {
    await using bench = await startBench();
    const basic = `Basic ${Buffer.from(`${TEST_KEY}:`).toString("base64")}`;
    expect((await bench.request("GET", "/v1/balance", { headers: { authorization: basic } })).status).toBe(
      200,
    );
  });

  it.each([
    ["", "You did not provide an API key."],
    ["Bearer vk_test_abcdef1234567890", "Invalid API Key provided: vk_test_********7890"],
    ["Bearer sk_live_abcdef1234567890", "Invalid API Key provided: sk_live_********7890"],
    ["Bearer rk_test_abcdef1234567890", "Invalid API Key provided: rk_test_********7890"],
  ])("answers 401 to %j", async (authorization, message) => {
    await using bench = await startBench();
    const answer = await bench.request("GET", "/v1/balance", { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.body.error.type).toBe("invalid_request_error");
    expect(answer.body.error.message).toContain(message);
  });

  it("takes only the configured keys when there are any", async () => {
    await using bench = await startBench({ secretKeys: ["sk_live_mine"] });
    expect((await newClient(bench.emulator, "sk_live_mine").balance.retrieve()).livemode).toBe(false);
    expect(await rejection(bench.stripe.balance.retrieve())).toMatchObject({
      type: "StripeAuthenticationError",
    });
  });

  it("holds a restricted key to its permissions", async () => {
    const permissions = [
      dashboardPermission({ resource: "Charges and Refunds", permission: "Write" }),
      dashboardPermission({ resource: "Customers", permission: "Read" }),
    ];
    await using bench = await startBench({ restrictedKeys: { rk_test_1234567890: permissions } });
    const stripe = newClient(bench.emulator, "rk_test_1234567890");
    const charge = await stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa" });
    // Write includes read.
    expect((await stripe.charges.retrieve(charge.id)).id).toBe(charge.id);
    expect((await stripe.customers.list()).data).toHaveLength(3);
    const denied = await rejection(stripe.customers.create({}));
    expect(denied).toMatchObject({
      type: "StripePermissionError",
      statusCode: 403,
      rawType: "invalid_request_error",
    });
    expect(denied.code).toBeUndefined();
    expect(denied.message).toBe(
      "The provided key 'rk_test_********7890' does not have the required permissions for this endpoint on account 'acct_1KeybrakeEmulator'. Having the 'rak_customer_write' permission would allow this request to continue.",
    );
    expect(await rejection(stripe.balance.retrieve())).toMatchObject({ statusCode: 403 });
  });

  it("does not start with a permission that does not exist", async () => {
    await expect(startBench({ restrictedKeys: { rk_test_x: ["rak_charge_wirte"] } })).rejects.toThrow(
      "unknown restricted-key permission: rak_charge_wirte",
    );
  });
});

describe("responses", () => {
  it("carry Stripe's headers and the emulator's", async () => {
    await using bench = await startBench();
    const answer = await bench.request("GET", "/v1/balance", {
      headers: { "stripe-version": "2025-01-27.acacia" },
    });
    expect(answer.headers.get("x-keybrake-emulator")).toBe("1");
    expect(answer.headers.get("request-id")).toMatch(/^req_/);
    expect(answer.headers.get("stripe-version")).toBe("2025-01-27.acacia");
    expect(answer.headers.get("stripe-should-retry")).toBe("false");
    expect(answer.headers.get("content-type")).toBe("application/json");
  });

  it("have the shapes of the API version that the installed client pins", async () => {
    await using bench = await startBench();
    const { lastResponse } = await bench.stripe.balance.retrieve();
    const sent = (await bench.control.requests()).data[0]?.headers;
    const pinned = sent?.find(([name]) => name.toLowerCase() === "stripe-version")?.[1];
    expect(pinned).toBe(STRIPE_API_VERSION);
    expect(lastResponse.apiVersion).toBe(pinned);
    expect(lastResponse.requestId).toMatch(/^req_/);
  });

  it("say that they are emulated, whatever they answer", async () => {
    await using bench = await startBench();
    const { url, port } = bench.emulator;
    for (const path of ["/", "/v1/charges", "/v2/core/events", "/_emulator/summary", "/_emulator/x"]) {
      expect((await fetch(url + path)).headers.get("x-keybrake-emulator")).toBe("1");
    }
    for (const request of [
      "nonsense\r\n\r\n",
      "GET /v1/balance HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
    ]) {
      expect((await raw(port, request)).toLowerCase()).toContain("x-keybrake-emulator: 1");
    }
  });

  it.each([
    ["POST", "/v1/foo"],
    ["DELETE", "/v1/charges/ch_1"],
    ["GET", "/v1/charges/ch_1/capture"],
    ["POST", "/v1/charges/ch_1/refunds"],
    ["POST", "/v1/charges/ch_1/capture/x"],
    ["GET", "/v2/core/events"],
    ["GET", "/v1/constructor"],
  ])("%s %s is no endpoint", async (method, path) => {
    await using bench = await startBench();
    const answer = await bench.request(method, path, method === "POST" ? { body: "" } : {});
    expect(answer.status).toBe(404);
    expect(answer.body.error.message).toBe(
      `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
    );
  });

  it.each([
    "/v1/refunds/../charges",
    "/v1/refunds/%2e%2e/charges",
    "/v1/refunds%2f..%2fcharges",
    "//v1//charges/",
    "http://api.stripe.com/v1/charges",
  ])("understands %s as a lenient server would", async (target) => {
    await using bench = await startBench();
    const answer = await raw(
      bench.emulator.port,
      `GET ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toContain("HTTP/1.1 200");
    expect((await bench.control.requests()).data[0]).toMatchObject({
      path: target,
      operation: "charges.list",
    });
  });
});

describe("bodies", () => {
  it.each([
    "amount=500&currency=usd&source=tok_visa&metadata[a b]=x%20y&expand[]=customer",
    "amount=500&currency=usd&source=tok_visa&metadata%5Ba+b%5D=x+y&expand%5B0%5D=customer",
  ])("decodes %s", async (body) => {
    await using bench = await startBench();
    const answer = await bench.request("POST", "/v1/charges", { body });
    expect(answer.status).toBe(200);
    expect(answer.body.metadata).toEqual({ "a b": "x y" });
  });

  it("treats a key called __proto__ as a key", async () => {
    await using bench = await startBench();
    const body = "amount=500&currency=usd&source=tok_visa&metadata[__proto__]=x&metadata[constructor]=y";
    const answer = await bench.request("POST", "/v1/charges", { body });
    expect(Object.entries(answer.body.metadata)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    const unknown = await bench.request("POST", "/v1/charges", { body: "__proto__[amount]=500" });
    expect(unknown.body.error.code).toBe("parameter_unknown");
  });

  it.each([
    ["a JSON body", '{"amount":500}', "application/json", 400],
    ["a broken escape", "amount=%zz", "application/x-www-form-urlencoded", 400],
    ["too many parameters", "a=1&".repeat(1001), "application/x-www-form-urlencoded", 400],
    ["too deep a parameter", `metadata${"[a]".repeat(20)}=1`, "application/x-www-form-urlencoded", 400],
    ["too large a body", `description=${"x".repeat(300_000)}`, "application/x-www-form-urlencoded", 413],
  ])("refuses %s", async (_name, body, contentType, status) => {
    await using bench = await startBench();
    const answer = await bench.request("POST", "/v1/charges", {
      body,
      headers: { "content-type": contentType },
    });
    expect(answer.status).toBe(status);
    expect(answer.body.error.type).toBe("invalid_request_error");
  });

  it("bounds metadata as Stripe does", async () => {
    await using bench = await startBench();
    const post = async (metadata: Record<string, string>) =>
      bench.stripe.customers.create({ metadata }).then(
        () => 200,
        () => 400,
      );
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));
    expect(await post(many(50))).toBe(200);
    expect(await post(many(51))).toBe(400);
    expect(await post({ ["k".repeat(40)]: "v".repeat(500) })).toBe(200);
    expect(await post({ ["k".repeat(41)]: "v" })).toBe(400);
    expect(await post({ k: "v".repeat(501) })).toBe(400);
  });
});
