import { expect, test } from "vitest";
import type { Outcome } from "../outcome.ts";
import { ROLE_NAMES, type ToolName } from "../tools/tools.ts";
import type { ToolsetOptions } from "./options.ts";
import { createRun } from "./run.ts";
import { createToolset } from "./toolset.ts";

/** Every tool of a run, simulated; any use of the network fails the test. */
function simulated(options: Partial<ToolsetOptions> = {}) {
  const run = options.run ?? createRun();
  const fetch = () => {
    throw new Error("a simulated call used the network");
  };
  const tools = ROLE_NAMES.flatMap(
    (role) => createToolset(role, { vaultKey: "unused", mode: "simulate", fetch, ...options, run }).tools,
  );
  return async (name: ToolName, input: object): Promise<Outcome> => {
    const tool = tools.find((candidate) => candidate.name === name);
    if (tool === undefined) throw new Error(`no tool ${name}`);
    return tool.execute(input);
  };
}

const june = { customer_id: "cus_1", amount_cents: 2900, billing_period: "2026-06" };

test("golden ids: the same act has the same id in every run, and a repetition is a replay", async () => {
  const call = simulated();
  const first = await call("create_charge", june);
  expect(first).toMatchObject({
    ok: true,
    id: "ch_mock_0d84aaec3e5ac40fea3495a9b1dd",
    status: "succeeded",
    amount_cents: 2900,
    replayed: false,
  });
  expect(await call("create_charge", { ...june, description: "again" })).toMatchObject({
    id: first.ok && first.id,
    replayed: true,
  });
  expect(await simulated()("create_charge", june)).toEqual(first);
});

test("another amount, month or reference is another act", async () => {
  const call = simulated();
  const outcomes = [
    await call("create_charge", june),
    await call("create_charge", { ...june, amount_cents: 2901 }),
    await call("create_charge", { ...june, billing_period: "2026-07" }),
    await call("create_charge", { ...june, reference: "INV-1" }),
    await call("create_payment_intent", { ...june, reference: "INV-2" }),
  ];
  expect(new Set(outcomes.map((outcome) => outcome.ok && outcome.id)).size).toBe(5);
  expect(outcomes.at(-1)).toMatchObject({
    id: expect.stringMatching(/^pi_mock_[0-9a-f]+$/),
    status: "requires_payment_method",
  });
});

test("a charge and a payment intent for one month are one act", async () => {
  const call = simulated();
  const charged = await call("create_charge", june);
  const again = await call("create_payment_intent", june);
  expect(again).toMatchObject({ ok: true, id: charged.ok ? charged.id : null, replayed: true });
});

test("reads show what the run made", async () => {
  const call = simulated();
  const made = await call("create_charge", june);
  const id = made.ok ? made.id : null;
  expect(await call("retrieve_charge", { charge_id: id })).toMatchObject({
    ok: true,
    id,
    amount_cents: 2900,
  });
  expect(await call("check_existing_charge", june)).toMatchObject({ ok: true, status: "found", id });
  expect(await call("check_existing_charge", { ...june, billing_period: "2026-07" })).toMatchObject({
    status: "not_found",
    id: null,
  });
  const open = await call("create_payment_intent", { ...june, reference: "INV-3" });
  expect(await call("check_existing_charge", { ...june, reference: "INV-3" })).toMatchObject({
    status: "found",
    id: open.ok ? open.id : null,
  });
  await call("create_charge", { ...june, customer_id: "cus_2" });
  expect(await call("list_charges", { customer_id: "cus_1" })).toMatchObject({
    data: { objects: [{ id }], has_more: false },
  });
  expect(await call("list_customers", {})).toMatchObject({
    data: { objects: [{ id: "cus_2" }, { id: "cus_1" }] },
  });
  expect(await call("retrieve_balance", {})).toMatchObject({
    data: { available: [{ amount: 5800, currency: "usd" }] },
  });
  expect(await call("retrieve_customer", { customer_id: "cus_1" })).toMatchObject({ ok: true, id: "cus_1" });
});

test("lists come in pages, newest first", async () => {
  const call = simulated();
  for (const reference of ["a", "b", "c"]) await call("create_charge", { ...june, reference });
  const first = await call("list_charges", { limit: 2 });
  expect(first).toMatchObject({
    data: { has_more: true, objects: [{ metadata: { reference: "c" } }, { metadata: { reference: "b" } }] },
  });
  const objects = first.ok ? (first.data.objects as { id: string }[]) : [];
  expect(await call("list_charges", { limit: 2, starting_after: objects[1]?.id })).toMatchObject({
    data: { has_more: false, objects: [{ metadata: { reference: "a" } }] },
  });
});

test("refunds: the rest, no more than the rest, and none of nothing", async () => {
  const call = simulated();
  const made = await call("create_charge", june);
  const charge_id = made.ok ? made.id : null;
  expect(await call("create_refund", { charge_id, amount_cents: 900 })).toMatchObject({
    ok: true,
    id: expect.stringMatching(/^re_mock_/),
    amount_cents: 900,
  });
  expect(await call("create_refund", { charge_id, amount_cents: 2001 })).toMatchObject({
    ok: false,
    final: true,
    code: "over_refund",
  });
  expect(await call("create_refund", { charge_id })).toMatchObject({ ok: true, amount_cents: 2000 });
  expect(await call("create_refund", { charge_id })).toMatchObject({ ok: true, replayed: true });
  expect(await call("create_refund", { charge_id, amount_cents: 1 })).toMatchObject({
    ok: false,
    final: true,
    code: "charge_already_refunded",
  });
  expect(await call("list_refunds", { charge_id })).toMatchObject({
    data: { objects: [{ amount: 2000 }, { amount: 900 }] },
  });
  expect(await call("retrieve_charge", { charge_id })).toMatchObject({
    data: { refunded: true, amount_refunded: 2900 },
  });
});

test("an object of elsewhere is plausible, and in no list", async () => {
  const call = simulated();
  expect(await call("create_refund", { charge_id: "ch_elsewhere" })).toMatchObject({
    ok: true,
    amount_cents: 2000,
  });
  expect(await call("create_refund", { charge_id: "ch_elsewhere", amount_cents: 1 })).toMatchObject({
    code: "charge_already_refunded",
  });
  expect(await call("list_charges", {})).toMatchObject({ data: { objects: [] } });
  expect(await call("retrieve_payment_intent", { payment_intent_id: "pi_elsewhere" })).toMatchObject({
    ok: true,
    id: "pi_elsewhere",
  });
});

test("the same checks hold: input, maxWrites, approval", async () => {
  expect(await simulated()("create_charge", { ...june, amount_cents: -1 })).toMatchObject({
    ok: false,
    code: "invalid_input",
  });
  expect(await simulated({ maxWrites: 0 })("create_charge", june)).toMatchObject({
    ok: false,
    code: "max_writes_reached",
  });
  expect(await simulated({ requireApproval: () => true })("create_charge", june)).toMatchObject({
    ok: false,
    code: "approval_required",
  });
});

test("a parallel storm of one act makes one object", async () => {
  const call = simulated();
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => call("create_charge", june)));
  expect(outcomes.filter((outcome) => outcome.ok && !outcome.replayed)).toHaveLength(1);
  expect(await call("list_charges", {})).toMatchObject({ data: { objects: [{}], has_more: false } });
});

test("needs neither a proxy address nor a vault key, and still refuses a Stripe key", () => {
  expect(() => createToolset("billing", { vaultKey: "", mode: "simulate" })).not.toThrow();
  expect(() => createToolset("billing", { vaultKey: "sk_test_1", mode: "simulate" })).toThrow(
    expect.objectContaining({ code: "raw_stripe_key" }),
  );
});
