import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answered, interceptedUpstream } from "./intercepted-upstream.ts";
import { charge, type Stack, startStack } from "./stack.ts";

/**
 * Once, any 4xx gave a hold and its claim back. A network in between (a block page of an inspecting proxy, a captive
 * portal, the 404 of a maintenance page) answers like that after it has passed the request on: the repeat was a
 * second charge.
 */
const HTML = { "content-type": "text/html" };
const NO_ID = { "request-id": "" };
const error = (fields: Record<string, unknown>) => ({ error: { message: "no", ...fields } });

const FOREIGN: [string, number, unknown, Record<string, string>?][] = [
  ["a captive portal", 200, "<html>Sign in to the guest network</html>", HTML],
  ["a captive portal's JSON", 200, { status: "login_required" }],
  ["a block page", 403, "<html>Blocked by policy</html>", { ...HTML, ...NO_ID }],
  ["a block page in JSON", 403, { message: "blocked", code: 403 }, NO_ID],
  ["a maintenance page", 404, "<h1>We will be back</h1>", { ...HTML, ...NO_ID }],
  ["a gateway without a route", 404, error({ type: "not_found" })],
  ["a gateway's error text", 400, { error: "bad request" }],
  ["a gateway's error without a type", 400, error({ code: "bad_request" })],
  ["a proxy that wants a password", 407, error({ type: "invalid_request_error" })],
  ["a gateway that gave up waiting", 408, error({ type: "invalid_request_error" })],
  ["a firewall's teapot", 418, ""],
  ["a gateway's limit", 429, { error: { message: "slow down" } }, NO_ID],
  ["a gateway's payment wall", 402, { error: { code: "quota_exceeded" } }],
  ["Stripe's shape without Stripe's request id", 400, error({ type: "invalid_request_error" }), NO_ID],
  ["Stripe's shape with a type that says nothing", 400, error({ type: "api_error" })],
  ["a redirection", 301, "", { location: "https://elsewhere.example/" }],
];

describe("answers that are not Stripe's", () => {
  const wire = interceptedUpstream();
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ upstream: wire.upstream });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    wire.intercept = (_request, pass) => pass();
  });

  const usage = async (id: string) => (await stack.admin(`/vault-keys/${id}`)).body;

  test.each(FOREIGN)(
    "%s (%i) after the charge: the hold stays, and the repeat is the same charge",
    async (...page) => {
      const [name, status, body, headers] = page;
      const key = await stack.issue({ role: "billing", daily_usd_cap: 100, dedupe: "act" });
      const form = { amount: 7000, "metadata[reference]": name };
      wire.intercept = async (_request, pass) => {
        await pass();
        return answered(status, body, headers);
      };
      const first = await charge(stack, key.vault_key, form);
      expect({ status: first.status, code: first.body.error.code }).toEqual({
        status: 504,
        code: "outcome_unknown",
      });
      expect(await usage(key.id)).toMatchObject({ held: 70, spent: 0 });
      wire.intercept = (_request, pass) => pass();
      expect((await charge(stack, key.vault_key, form)).status).toBe(200);
      expect((await stack.control.summary()).charges.created).toBe(1);
      expect(await usage(key.id)).toMatchObject({ held: 0, spent: 70 });
    },
  );

  test.each(FOREIGN)(
    "%s (%i) instead of a read or a look-up is no answer about the object",
    async (...page) => {
      const [, status, body, headers] = page;
      if (status === 200 && typeof body !== "string") return;
      const key = await stack.issue({
        allowed_operations: ["charges.retrieve", "refunds.create"],
        daily_usd_cap: 100,
      });
      wire.intercept = async () => answered(status, body, headers);
      const read = await stack.call(key.vault_key, "GET", "/v1/charges/ch_1");
      const refund = await stack.call(key.vault_key, "POST", "/v1/refunds", {
        form: { charge: "ch_1" },
        headers: { "idempotency-key": `refund-${status}-${JSON.stringify(body)}` },
      });
      for (const { status, body } of [read, refund])
        expect({ status, code: body.error.code }).toEqual({ status: 502, code: "upstream_unreachable" });
    },
  );

  test("Stripe's own refusals still give the hold back, and its own 404 is the caller's", async () => {
    const key = await stack.issue({
      allowed_operations: ["charges.*", "refunds.create"],
      daily_usd_cap: 100,
    });
    expect((await charge(stack, key.vault_key, { amount: 1 })).status).toBe(400);
    expect((await charge(stack, key.vault_key, { source: "tok_chargeDeclined" })).status).toBe(402);
    expect((await stack.call(key.vault_key, "GET", "/v1/charges/ch_none")).body.error.code).toBe(
      "resource_missing",
    );
    expect(await usage(key.id)).toMatchObject({ held: 0, spent: 0 });
  });
});
