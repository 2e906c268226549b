import { describe, expect, test } from "vitest";
import { NO_WAIT, refusalReply, stripeCharge, VAULT_KEY } from "../../test/scripted-server.ts";
import { useScriptedServer } from "../../test/use-scripted-server.ts";
import type { Role, ToolName } from "../tools/tools.ts";
import type { ToolContext, ToolsetOptions } from "./options.ts";
import { createRun, type Run } from "./run.ts";
import { createToolset } from "./toolset.ts";

const server = await useScriptedServer();

function toolOf(role: Role, name: ToolName, run: Run, options: Partial<ToolsetOptions> = {}) {
  const toolset = createToolset(role, {
    vaultKey: VAULT_KEY,
    proxyUrl: server.url,
    runtime: NO_WAIT,
    run,
    ...options,
  });
  const tool = toolset.tools.find((candidate) => candidate.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
}

const charging =
  (run: Run, options?: Partial<ToolsetOptions>) =>
  (amount: number, fields: object = {}, context?: ToolContext) =>
    toolOf("billing", "create_charge", run, options).execute(
      { customer_id: "cus_1", amount_cents: amount, ...fields },
      context,
    );

const keys = () => server.requests.map((request) => request.headers["idempotency-key"]);

describe("idempotency", () => {
  test("the same act has one key in every call and tool set of a run, and in a resumed one", async () => {
    server.answer({ body: stripeCharge() });
    await charging(createRun({ runId: "run-1" }))(100, { reference: "A" });
    await charging(createRun({ runId: "run-1" }))(100, { reference: "A", description: "other words" });
    await charging(createRun({ runId: "run-2" }))(100, { reference: "A" });
    await charging(createRun({ runId: "run-1" }))(100, { reference: "B" });
    const [first, resumed, otherRun, otherItem] = keys();
    expect(resumed).toBe(first);
    expect(new Set([first, otherRun, otherItem]).size).toBe(3);
  });

  test("business: June has one key whatever run asks", async () => {
    server.answer({ body: stripeCharge() });
    const june = { billing_period: "2026-06" };
    await charging(createRun(), { idempotency: "business" })(100, june);
    await charging(createRun(), { idempotency: "business" })(100, june);
    await charging(createRun(), { idempotency: "business" })(100);
    expect(keys()[0]).toBe(keys()[1]);
    expect(keys()[2]).not.toMatch(/^business/);
  });

  test("the first body under a key is the body sent again, however it is reworded", async () => {
    const run = createRun();
    server.answer({ body: stripeCharge() });
    await charging(run)(100, { description: "June" });
    await charging(run)(100, { description: "June, second try" });
    expect(server.requests[1]?.body).toBe(server.requests[0]?.body);
    expect(server.requests[1]?.body).toContain("description=June");
  });
});

describe("parallel calls", () => {
  /** Answers after a moment and notes how many requests were open at once. */
  function slowServer() {
    const open = { now: 0, most: 0 };
    server.answer(async () => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      await new Promise((resolve) => setTimeout(resolve, 15));
      open.now -= 1;
      return { body: stripeCharge() };
    });
    return open;
  }

  test("writes of a run go one after another, across its tool sets", async () => {
    const open = slowServer();
    const run = createRun();
    const outcomes = await Promise.all([1, 2, 3, 4].map((amount) => charging(run)(amount)));
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(open.most).toBe(1);
    expect(server.requests.map((request) => request.body[7])).toEqual(["1", "2", "3", "4"]);
  });

  test("writes of different runs do not wait for each other, nor do reads", async () => {
    const open = slowServer();
    const run = createRun();
    const read = toolOf("audit", "retrieve_charge", run);
    await Promise.all([
      charging(run)(1),
      charging(createRun())(1),
      read.execute({ charge_id: "ch_1" }),
      read.execute({ charge_id: "ch_2" }),
    ]);
    expect(open.most).toBe(4);
  });

  test("identical calls join into one request, and only one of them says that it charged", async () => {
    slowServer();
    const charge = charging(createRun());
    const outcomes = await Promise.all([charge(100), charge(100), charge(100, { description: "again" })]);
    expect(server.requests).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome.ok && outcome.id)).size).toBe(1);
    expect(outcomes.map((outcome) => outcome.ok && outcome.replayed)).toEqual([false, true, true]);
  });

  test("another vault key's identical call does not join: it may not be allowed the same", async () => {
    slowServer();
    const run = createRun();
    await Promise.all([charging(run)(100), charging(run, { vaultKey: "vk_test_other" })(100)]);
    expect(server.requests).toHaveLength(2);
  });

  test("a call that joined one which is then aborted goes itself, under the same key", async () => {
    const charge = charging(createRun());
    const controller = new AbortController();
    server.answer(
      () => {
        setTimeout(() => controller.abort(), 5);
        return "hang";
      },
      { body: stripeCharge({ id: "ch_1" }) },
    );
    const [cutOff, joined] = await Promise.all([charge(100, {}, { signal: controller.signal }), charge(100)]);
    expect(cutOff).toMatchObject({ ok: false, code: "outcome_unknown" });
    expect(joined).toMatchObject({ ok: true, id: "ch_1" });
    expect(keys()[0]).toBe(keys()[1]);
  });

  test("a joined call can be aborted by itself", async () => {
    slowServer();
    const charge = charging(createRun());
    const controller = new AbortController();
    const both = Promise.all([charge(100), charge(100, {}, { signal: controller.signal })]);
    controller.abort();
    const [first, joined] = await both;
    expect(first.ok).toBe(true);
    expect(joined).toMatchObject({ ok: false, final: false });
  });

  test("a call that is aborted while it waits for its turn sends nothing, and the next one still waits for the one before", async () => {
    const open = slowServer();
    const charge = charging(createRun());
    const controller = new AbortController();
    const all = Promise.all([charge(1), charge(2, {}, { signal: controller.signal }), charge(3)]);
    setTimeout(() => controller.abort(), 2);
    expect((await all).map((outcome) => (outcome.ok ? "ok" : outcome.code))).toEqual(["ok", "aborted", "ok"]);
    expect(server.requests).toHaveLength(2);
    expect(open.most).toBe(1);
  });
});

describe("the latch", () => {
  test("a cap closes it: a retry storm costs one request, reads still go", async () => {
    const run = createRun();
    server.answer(refusalReply(429, "spend_cap_exceeded", "Spend cap reached: $100."));
    const storm = await Promise.all(Array.from({ length: 20 }, (_, index) => charging(run)(index + 1)));
    expect(server.requests).toHaveLength(1);
    expect(storm[0]).toMatchObject({ ok: false, final: true, code: "spend_cap_exceeded" });
    for (const outcome of storm.slice(1)) {
      expect(outcome).toMatchObject({ ok: false, final: true, code: "run_stopped" });
      expect(outcome.message).toMatch(/spend_cap_exceeded.*Spend cap reached.*Stop/s);
    }
    expect(run.stopped).toMatchObject({ code: "spend_cap_exceeded" });
    server.answer({ body: stripeCharge() });
    expect(await toolOf("audit", "retrieve_charge", run).execute({ charge_id: "ch_1" })).toMatchObject({
      ok: true,
    });
    expect(await toolOf("refund", "create_refund", run).execute({ charge_id: "ch_1" })).toMatchObject({
      code: "run_stopped",
    });
    expect(server.requests).toHaveLength(2);
  });

  test("says why the run was stopped, and to stop once, whatever the refusal said", async () => {
    const run = createRun();
    server.answer(refusalReply(401, "vault_key_revoked", "Revoked."));
    await charging(run)(1);
    expect(run.stopped).toEqual({ code: "vault_key_revoked", message: "Revoked." });
    const { message } = await charging(run)(1);
    expect(message).toMatch(
      /^This run was stopped earlier \(vault_key_revoked\): Revoked\. Nothing was sent\. Stop: [^S]*$/,
    );
  });

  test("a revoked key that a read meets closes it too; a refusal of one operation does not", async () => {
    const run = createRun();
    const read = () => toolOf("audit", "retrieve_balance", run).execute({});
    server.answer(refusalReply(403, "operation_not_allowed"));
    await read();
    expect(run.stopped).toBeNull();
    server.answer(refusalReply(401, "vault_key_revoked"));
    await read();
    expect(await charging(run)(1)).toMatchObject({ code: "run_stopped" });
  });
});

describe("maxWrites", () => {
  test("caps the different acts of a run; repeating one is not another", async () => {
    server.answer({ body: stripeCharge() });
    const run = createRun({ maxWrites: 2 });
    const charge = charging(run);
    const outcomes = [await charge(1), await charge(1), await charge(2), await charge(3), await charge(2)];
    expect(outcomes.map((outcome) => outcome.ok || outcome.code)).toEqual([
      true,
      true,
      true,
      "max_writes_reached",
      true,
    ]);
    expect(run.writes).toBe(2);
    expect(server.requests).toHaveLength(4);
  });

  test("the tool set's own limit counts the whole run; 0 is read-only", async () => {
    server.answer({ body: stripeCharge() });
    const run = createRun();
    await charging(run)(1);
    expect(await charging(run, { maxWrites: 1 })(2)).toMatchObject({
      final: true,
      code: "max_writes_reached",
    });
    expect(await charging(createRun({ maxWrites: 0 }))(1)).toMatchObject({ code: "max_writes_reached" });
    expect(server.requests).toHaveLength(1);
  });

  test("a parallel storm of different charges cannot pass it", async () => {
    server.answer({ body: stripeCharge() });
    const charge = charging(createRun({ maxWrites: 3 }));
    await Promise.all(Array.from({ length: 10 }, (_, index) => charge(index + 1)));
    expect(server.requests).toHaveLength(3);
  });
});

describe("createRun", () => {
  test("makes an id, or takes the caller's source of ids", () => {
    expect(createRun().runId).toMatch(/^[0-9a-f-]{36}$/);
    expect(createRun().runId).not.toBe(createRun().runId);
    expect(createRun({ randomUUID: () => "fixed" })).toMatchObject({
      runId: "fixed",
      agent: null,
      writes: 0,
      stopped: null,
    });
  });

  test.each([
    { runId: "" },
    { runId: " a" },
    { runId: "x".repeat(201) },
    { runId: "ü".repeat(100) },
    { agent: "" },
    { runId: "sk_live_51H8abc" },
    { runId: "sk_org_live_51H8abc" },
    { agent: "billing of rk_test_51H8abc" },
    { conversationId: "thread-vk_sim_abc" },
    { maxWrites: -1 },
    { maxWrites: 1.5 },
  ])("refuses %j", (options) => {
    expect(() => createRun(options)).toThrow(expect.objectContaining({ code: "invalid_options" }));
  });

  test("takes names that only look like keys", () => {
    expect(createRun({ runId: "task_test_1", agent: "risk_live_desk" }).runId).toBe("task_test_1");
  });
});
