import { describe, expect, test } from "vitest";
import {
  closedPortUrl,
  NO_WAIT,
  type Reply,
  refusalReply,
  stripeCharge,
  stripeErrorReply,
  VAULT_KEY,
} from "../../test/scripted-server.ts";
import { useScriptedServer } from "../../test/use-scripted-server.ts";
import type { Outcome } from "../outcome.ts";
import { REFUSALS, type RefusalCode } from "../refusals.ts";
import type { Role, ToolName } from "../tools/tools.ts";
import type { ToolsetOptions } from "./options.ts";
import { createRun } from "./run.ts";
import { createToolset } from "./toolset.ts";

const server = await useScriptedServer();

function call(
  role: Role,
  name: ToolName,
  input: unknown,
  options: Partial<ToolsetOptions> = {},
  context?: object,
): Promise<Outcome> {
  const toolset = createToolset(role, {
    vaultKey: VAULT_KEY,
    proxyUrl: server.url,
    runtime: NO_WAIT,
    ...options,
  });
  const tool = toolset.tools.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.execute(input, context);
}

const june = {
  customer_id: "cus_1",
  amount_cents: 2900,
  billing_period: "2026-06",
  description: "Pro & more",
};
const charge = (options?: Partial<ToolsetOptions>, context?: object) =>
  call("billing", "create_charge", june, options, context);

describe("what is sent", () => {
  test("names that somebody chose go before what the framework knows of the call", async () => {
    const context = { agent: "framework's", conversationId: "thread-1" };
    const sent = async (options: Partial<ToolsetOptions>) => {
      server.answer({ body: stripeCharge() });
      await charge(options, context);
      const headers = server.requests.at(-1)?.headers;
      return [headers?.["x-agent-name"], headers?.["x-agent-conversation-id"]];
    };
    expect(await sent({})).toEqual(["framework's", "thread-1"]);
    const run = createRun({ agent: "run's", conversationId: "conv-1" });
    expect(await sent({ run })).toEqual(["run's", "conv-1"]);
    expect(await sent({ run, agent: "option's", conversationId: "conv-2" })).toEqual(["option's", "conv-2"]);
  });

  test("a charge: form body, key, agent headers", async () => {
    server.answer({ body: stripeCharge() });
    const run = createRun({ runId: "run-1", agent: "billing", conversationId: "conv-1" });
    const outcome = await charge({ run }, { turn: 7 });
    expect(outcome).toMatchObject({
      ok: true,
      operation: "charges.create",
      amount_cents: 2900,
      currency: "usd",
    });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: "POST", url: "/stripe/v1/charges" });
    expect(request?.body).toBe(
      "amount=2900&currency=usd&customer=cus_1&description=Pro%20%26%20more&metadata[billing_period]=2026-06",
    );
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${VAULT_KEY}`,
      "content-type": "application/x-www-form-urlencoded",
      "idempotency-key": expect.stringMatching(/^run-1:charges\.create:[0-9a-f]{32}$/),
      "x-agent-run-id": "run-1",
      "x-agent-name": "billing",
      "x-agent-conversation-id": "conv-1",
      "x-agent-turn": "7",
    });
  });

  test("a payment intent is not confirmed", async () => {
    server.answer({
      body: { ...stripeCharge(), id: "pi_1", object: "payment_intent", status: "requires_payment_method" },
    });
    const outcome = await call("billing", "create_payment_intent", { ...june, reference: "INV 7" });
    expect(outcome).toMatchObject({ ok: true, id: "pi_1", status: "requires_payment_method" });
    expect(server.requests[0]?.body).toBe(
      "amount=2900&currency=usd&customer=cus_1&description=Pro%20%26%20more&metadata[billing_period]=2026-06&metadata[reference]=INV%207&automatic_payment_methods[enabled]=true",
    );
  });

  test("a refund without an amount leaves the amount to the proxy", async () => {
    server.answer({
      body: {
        id: "re_1",
        object: "refund",
        amount: 2900,
        currency: "usd",
        charge: "ch_1",
        status: "pending",
      },
    });
    const outcome = await call("refund", "create_refund", {
      charge_id: "ch_1",
      reason: "duplicate",
      reference: "R-1",
    });
    expect(server.requests[0]?.body).toBe("charge=ch_1&reason=duplicate&metadata[reference]=R-1");
    expect(outcome).toMatchObject({
      ok: true,
      status: "pending",
      message: expect.stringContaining("do not create another"),
    });
  });

  test("reads go as GET without a key, with their paging", async () => {
    server.answer({ body: { object: "list", data: [stripeCharge({ id: "ch_9" })], has_more: true } });
    const outcome = await call("audit", "list_charges", {
      customer_id: "cus_1",
      limit: 1,
      starting_after: "ch_10",
    });
    expect(server.requests[0]).toMatchObject({
      method: "GET",
      url: "/stripe/v1/charges?customer=cus_1&limit=1&starting_after=ch_10",
      body: "",
    });
    expect(server.requests[0]?.headers["idempotency-key"]).toBeUndefined();
    expect(outcome).toMatchObject({
      ok: true,
      id: null,
      message: expect.stringContaining("starting_after ch_9"),
    });
  });

  test("a name that is not ASCII is encoded, not refused by the HTTP client", async () => {
    server.answer({ body: stripeCharge() });
    expect(await charge({ agent: "Käufer\n1" }, { turn: "drei\r\nx-evil: 1" })).toMatchObject({ ok: true });
    expect(server.requests[0]?.headers).toMatchObject({
      "x-agent-name": "K%C3%A4ufer%0A1",
      "x-agent-turn": "drei%0D%0Ax-evil: 1",
    });
  });

  test("the answer is cut to its useful fields", async () => {
    server.answer({
      body: stripeCharge({ id: "ch_1", client_secret: "s", customer: { id: "cus_1", object: "customer" } }),
    });
    const outcome = await call("audit", "retrieve_charge", { charge_id: "ch_1" });
    expect(outcome).toMatchObject({ ok: true, data: { id: "ch_1", amount_refunded: 0, customer: "cus_1" } });
    expect(JSON.stringify(outcome)).not.toMatch(/4242|client_secret|txn_1/);
  });
});

describe("tries", () => {
  const flaky: [string, Reply][] = [
    ["a lost connection", "drop"],
    ["a 500", stripeErrorReply(500, { type: "api_error" })],
    ["a 503 of something in between", { status: 503, text: "<html>busy</html>" }],
    ["a 409", refusalReply(409, "idempotency_key_in_use")],
    ["a body that came too late", refusalReply(408, "body_late")],
  ];
  test.each(flaky)("after %s the same key and body go again", async (_what, reply) => {
    server.answer(reply, { body: stripeCharge({ id: "ch_1" }) });
    expect(await charge()).toMatchObject({ ok: true, id: "ch_1" });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]?.headers["idempotency-key"]).toBe(
      server.requests[1]?.headers["idempotency-key"],
    );
    expect(server.requests[0]?.body).toBe(server.requests[1]?.body);
  });

  test("three tries at most, with growing jittered pauses", async () => {
    server.answer("drop");
    const pauses: number[] = [];
    const runtime = { sleep: async (ms: number) => void pauses.push(ms), random: () => 1 };
    expect(await charge({ runtime })).toMatchObject({ ok: false, final: false, code: "outcome_unknown" });
    expect(server.requests).toHaveLength(3);
    expect(pauses).toEqual([250, 500]);
  });

  test.each([400, 401, 402, 403, 404, 429])("a %i goes once", async (status) => {
    server.answer(stripeErrorReply(status, { code: "some_code" }));
    expect(await charge()).toMatchObject({ ok: false });
    expect(server.requests).toHaveLength(1);
  });

  test("a possible repeat: asked again, it would be the same", async () => {
    const reason = "An equal charges.create, in other words, was carried out 12 s ago and made ch_1.";
    server.answer(refusalReply(409, "possible_repeat", reason));
    const outcome = await charge();
    expect(outcome).toMatchObject({ ok: false, final: true, code: "possible_repeat" });
    expect(outcome.message).toBe(
      `${reason} Nothing was executed again. Stop: take what was made before as the answer; only if another one is really meant, give it its own reference.`,
    );
    expect(server.requests).toHaveLength(1);
  });

  test("too many invalid keys: not tried again by itself, since each try counts", async () => {
    server.answer(refusalReply(429, "too_many_invalid_keys"));
    expect(await charge()).toMatchObject({ ok: false, final: false, code: "too_many_invalid_keys" });
    expect(server.requests).toHaveLength(1);
  });

  test("a redirect is not followed: the call and the key go nowhere else", async () => {
    server.answer({ status: 307, body: {}, headers: { location: `${server.url}/elsewhere` } });
    expect(await charge()).toMatchObject({ ok: false, code: "outcome_unknown" });
    expect(server.requests).toHaveLength(1);
  });
});

describe("refusals", () => {
  test.each(Object.keys(REFUSALS) as RefusalCode[])("%s keeps its finality", async (code) => {
    const refusal = REFUSALS[code];
    server.answer(refusalReply(refusal.status, code, "Because."));
    const run = createRun();
    const outcome = await charge({ run });
    expect(outcome).toMatchObject({
      ok: false,
      code,
      final: refusal.final,
      message: expect.stringContaining("Because."),
    });
    expect(outcome.message).toMatch(refusal.final ? /Stop/ : /again/);
    expect(outcome.message.match(/Stop/g)?.length ?? 0).toBe(refusal.final ? 1 : 0);
    expect(run.stopped?.code).toBe(refusal.closesRun ? code : undefined);
  });

  test("the cap is said in the words that agents are told to look for, whatever its status", async () => {
    server.answer(refusalReply(402, "spend_cap_exceeded", "No budget left."));
    const outcome = await charge();
    expect(outcome).toMatchObject({ ok: false, final: true, code: "spend_cap_exceeded" });
    expect(outcome.message).toMatch(/spend cap reached.*No budget left.*Stop: do not retry/is);
  });

  const stripeErrors: [string, Reply, object][] = [
    [
      "a decline",
      stripeErrorReply(402, { type: "card_error", code: "card_declined", decline_code: "lost_card" }),
      { final: true, code: "card_declined", message: expect.stringContaining("lost_card") },
    ],
    [
      "a missing object",
      stripeErrorReply(404, { code: "resource_missing" }),
      { final: true, code: "resource_missing", message: expect.stringContaining("do not guess ids") },
    ],
    [
      "an over-refund",
      stripeErrorReply(400, {
        message: "Refund amount ($6.00) is greater than unrefunded amount on charge ($4.00)",
      }),
      { final: true, code: "over_refund" },
    ],
    [
      "a second refund",
      stripeErrorReply(400, { code: "charge_already_refunded" }),
      { final: true, code: "charge_already_refunded" },
    ],
    [
      "a key used for another act",
      stripeErrorReply(400, { type: "idempotency_error" }),
      { final: true, code: "idempotency_error" },
    ],
    ["a missing permission", stripeErrorReply(403, {}), { final: true, code: "operation_not_allowed" }],
    [
      "Stripe's own rate limit",
      stripeErrorReply(429, { code: "rate_limit" }),
      { final: false, code: "rate_limited" },
    ],
    ["a 5xx", stripeErrorReply(500, { type: "api_error" }), { final: false, code: "outcome_unknown" }],
    [
      "an error that is a text",
      { status: 400, body: { error: "no" } },
      { final: true, code: "not_keybrake" },
    ],
    ["a hostile code", stripeErrorReply(400, { code: "constructor" }), { final: true, code: "constructor" }],
  ];
  test.each(stripeErrors)("%s", async (_what, reply, expected) => {
    server.answer(reply);
    const outcome = await call("refund", "create_refund", { charge_id: "ch_1" });
    expect(outcome).toMatchObject({
      ok: false,
      operation: "refunds.create",
      idempotency_key: expect.any(String),
      ...expected,
    });
    expect(outcome.message).toEqual(expect.stringMatching(/Stop|again/));
  });

  test("a read that Stripe fails is not a question of money", async () => {
    server.answer(stripeErrorReply(500, { type: "api_error" }));
    const outcome = await call("audit", "retrieve_balance", {});
    expect(outcome).toMatchObject({ ok: false, final: false, code: "upstream_error" });
    expect(outcome).not.toHaveProperty("idempotency_key");
  });
});

describe("answers that say nothing", () => {
  const nothing: [string, Reply][] = [
    ["no JSON", { status: 200, text: "<html></html>" }],
    ["half a JSON", { status: 200, text: '{"id":"ch_' }],
    ["no object", { status: 200, text: "null" }],
    ["another object", { body: { id: "cus_1", object: "customer" } }],
    ["an error with status 200", { body: { error: { message: "no" } } }],
  ];
  test.each(nothing)("%s: the outcome of a write is unknown", async (_what, reply) => {
    server.answer(reply);
    expect(await charge()).toMatchObject({ ok: false, final: false, code: "outcome_unknown" });
  });

  test("a charge that Stripe answers as failed moved nothing", async () => {
    server.answer({ body: stripeCharge({ status: "failed" }) });
    expect(await charge()).toMatchObject({ ok: false, final: true, code: "act_failed" });
  });
});

describe("no answer", () => {
  test("after the timeout the outcome is unknown, and repeating is safe", async () => {
    server.answer("hang");
    const outcome = await charge({ timeoutMs: 60 });
    expect(outcome).toMatchObject({ ok: false, final: false, code: "outcome_unknown" });
    expect(outcome.message).toMatch(/same arguments is safe: it cannot charge or refund twice/);
    expect(server.requests).toHaveLength(1);
  });

  test("a fetch that does not heed its signal cannot hold the tool up", async () => {
    const outcome = await charge({ timeoutMs: 30, fetch: () => new Promise(() => {}) });
    expect(outcome).toMatchObject({ ok: false, code: "outcome_unknown" });
  });

  test("a read that gets none says so", async () => {
    server.answer("hang");
    expect(await call("audit", "retrieve_balance", {}, { timeoutMs: 60 })).toMatchObject({
      ok: false,
      final: false,
      code: "timed_out",
    });
  });

  test("a closed port is certainly nothing sent", async () => {
    const outcome = await charge({ proxyUrl: await closedPortUrl() });
    expect(outcome).toMatchObject({
      ok: false,
      final: false,
      code: "proxy_unreachable",
      message: expect.stringContaining("nothing was sent"),
    });
  });

  test("a closed port after a lost answer is not", async () => {
    let tries = 0;
    const refused = Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
    const fetch = async () => {
      tries += 1;
      throw tries === 1 ? new TypeError("fetch failed", { cause: { code: "ECONNRESET" } }) : refused;
    };
    expect(await charge({ fetch })).toMatchObject({ ok: false, code: "outcome_unknown" });
    expect(tries).toBe(3);
  });

  test("aborted before: nothing is sent", async () => {
    expect(await charge({}, { signal: AbortSignal.abort() })).toMatchObject({
      ok: false,
      final: false,
      code: "aborted",
    });
    expect(server.requests).toHaveLength(0);
  });

  test("aborted after sending: unknown", async () => {
    const controller = new AbortController();
    server.answer(() => {
      controller.abort();
      return "hang";
    });
    expect(await charge({}, { signal: controller.signal })).toMatchObject({
      ok: false,
      final: false,
      code: "outcome_unknown",
    });
  });

  test("aborted between two tries: no further try", async () => {
    const controller = new AbortController();
    server.answer("drop");
    const runtime = { ...NO_WAIT, sleep: () => new Promise<void>(() => controller.abort()) };
    expect(await charge({ runtime }, { signal: controller.signal })).toMatchObject({
      code: "outcome_unknown",
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each<[string, Reply]>([
    ["a lost answer", "drop"],
    ["a 500", stripeErrorReply(500, { type: "api_error" })],
  ])("a refusal after %s does not claim that nothing happened", async (_what, reply) => {
    server.answer(reply, refusalReply(401, "vault_key_revoked", "Revoked."));
    const outcome = await charge();
    expect(outcome).toMatchObject({ ok: false, final: true, code: "vault_key_revoked" });
    expect(outcome.message).toMatch(/may have been executed/);
  });

  test("nor does the same refusal in a later call of the act", async () => {
    const run = createRun();
    server.answer("drop");
    await charge({ run });
    server.answer(refusalReply(401, "vault_key_revoked", "Revoked."));
    expect((await charge({ run })).message).toMatch(/may have been executed/);
    // Without the lost answer before it, the same refusal says nothing of the kind.
    expect((await charge({ run: createRun() })).message).not.toMatch(/may have been executed/);
  });
});

test("a replay is told apart from a new charge", async () => {
  server.answer({ body: stripeCharge({ id: "ch_1" }), headers: { "idempotent-replayed": "true" } });
  const outcome = await charge();
  expect(outcome).toMatchObject({ ok: true, id: "ch_1", replayed: true });
  expect(outcome.message).toMatch(/already been made.*Nothing was charged again/);
});

test("what an upstream echoes of the vault key is masked", async () => {
  server.answer(stripeErrorReply(401, { code: "api_key_expired", message: `Expired: ${VAULT_KEY}` }));
  const outcome = await charge();
  expect(outcome.message).toContain("[vault key]");
  expect(JSON.stringify(outcome)).not.toContain(VAULT_KEY);
});
