/*
 * Before there was a reconciler, an outcome that nobody heard stayed unknown for ever, its money reserved; and what
 * Stripe itself kept back for a person's approval was booked as voided, and moved later, outside every cap.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { charge, type NewAct, newAct, type Stack, startStack } from "./stack.ts";

const MINUTE_MS = 60_000;

describe("reconciling", () => {
  let stack: Stack;
  let key: NewAct["key"];
  let same: NewAct["same"];
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    ({ key, same } = await newAct(stack, { expires_in_seconds: 7 * 86_400 }));
  });

  const usage = async () => (await stack.admin(`/vault-keys/${key.id}`)).body;
  const row = async () => (await stack.auditRows(`&vault_key_id=${key.id}`)).at(-1);
  const reconcile = async (body: object = {}) => {
    const answer = await stack.admin("/reconcile", { method: "POST", body });
    expect(answer.status).toBe(200);
    return answer.body.data.at(-1);
  };
  const pass = async (milliseconds: number) => {
    stack.advance(milliseconds);
    await stack.control.advance(milliseconds);
  };
  const lose = (kind: "drop_after" | "drop_before" | "error_after" | "error_before") =>
    stack.control.addFault({ operation: "charges.create", kind, times: 1 });
  const writes = async () =>
    (await stack.control.requests()).data.filter(({ method }) => method !== "GET").length;

  test.each(["drop_after", "error_after"] as const)(
    "%s: what was executed is found by its stamp, posted, and answers the repeat",
    async (kind) => {
      await lose(kind);
      await charge(stack, key.vault_key, { amount: 6000 }, same);
      expect(await usage()).toMatchObject({ spent: 0, held: 60 });
      expect(await reconcile({ dry_run: true })).toMatchObject({ outcome: "posted" });
      expect(await row()).toMatchObject({ state: "unknown", settled_by: null });
      expect(await reconcile()).toMatchObject({ outcome: "posted", usd: 60, reason: null });
      expect(await usage()).toMatchObject({ spent: 60, held: 0 });
      const settled = await row();
      expect(settled).toMatchObject({ state: "posted", settled_by: "reconciler", amount_minor: 6000 });
      expect(await writes()).toBe(1);
      const repeat = await charge(stack, key.vault_key, { amount: 6000 }, same);
      expect(repeat.body.id).toBe(settled?.object_id);
      expect(repeat.headers.get("idempotent-replayed")).toBe("true");
      expect(await writes()).toBe(1);
      expect(await reconcile()).toBeUndefined();
    },
  );

  test("what was not executed is believed only after a while; then its act may be tried anew", async () => {
    await lose("drop_before");
    await charge(stack, key.vault_key, {}, same);
    await pass(9 * MINUTE_MS);
    expect(await reconcile()).toMatchObject({ outcome: "waiting" });
    expect(await usage()).toMatchObject({ held: 1 });
    await pass(MINUTE_MS + 1000);
    expect(await reconcile()).toMatchObject({ outcome: "voided" });
    expect(await usage()).toMatchObject({ spent: 0, held: 0 });
    expect((await charge(stack, key.vault_key, {}, same)).status).toBe(200);
    expect((await stack.control.summary()).charges.created).toBe(1);
  });

  test("a list that lags hides nothing for long", async () => {
    await stack.control.setLag({ list_ms: 2 * MINUTE_MS });
    await lose("drop_after");
    await charge(stack, key.vault_key, {}, same);
    expect(await reconcile()).toMatchObject({ outcome: "waiting" });
    await pass(2 * MINUTE_MS + 1000);
    expect(await reconcile()).toMatchObject({ outcome: "posted" });
  });

  test("sent again since, it is as young as when it was last sent", async () => {
    await lose("drop_before");
    await charge(stack, key.vault_key, {}, same);
    await pass(30 * MINUTE_MS);
    await stack.control.setLag({ list_ms: 2 * MINUTE_MS });
    await lose("drop_after");
    await charge(stack, key.vault_key, {}, same);
    expect(await reconcile()).toMatchObject({ outcome: "waiting" });
    await pass(2 * MINUTE_MS + 1000);
    expect(await reconcile()).toMatchObject({ outcome: "posted" });
    expect(await usage()).toMatchObject({ spent: 1, held: 0 });
  });

  test("while Stripe cannot be asked, nothing is settled", async () => {
    await lose("drop_before");
    await charge(stack, key.vault_key, {}, same);
    await pass(60 * MINUTE_MS);
    await stack.control.addFault({ operation: "charges.list", kind: "unavailable" });
    expect(await reconcile()).toMatchObject({ outcome: "waiting", reason: expect.stringContaining("503") });
    await stack.control.clearFaults();
    expect(await reconcile()).toMatchObject({ outcome: "voided" });
  });

  test("absence proves nothing when the clocks differ by an hour", async () => {
    await lose("drop_after");
    await charge(stack, key.vault_key, {}, same);
    await stack.control.setLag({ list_ms: 3 * 60 * MINUTE_MS });
    await stack.control.advance(2 * 60 * MINUTE_MS);
    stack.advance(20 * MINUTE_MS);
    expect(await reconcile()).toMatchObject({
      outcome: "unsettled",
      reason: expect.stringContaining("clock"),
    });
    stack.advance(100 * MINUTE_MS);
  });

  test("a lost capture is seen at the charge", async () => {
    const held = await charge(stack, key.vault_key, { capture: "false" });
    const capture = await stack.issue({ allowed_operations: ["charges.capture"], daily_usd_cap: 100 });
    await stack.control.addFault({ operation: "charges.capture", kind: "drop_after", times: 1 });
    const path = `/v1/charges/${held.body.id}/capture`;
    await stack.call(capture.vault_key, "POST", path, { form: {}, headers: same });
    expect(await reconcile()).toMatchObject({ outcome: "posted", operation: "charges.capture" });
    expect((await stack.admin(`/vault-keys/${capture.id}`)).body).toMatchObject({ held: 0, spent: 0 });
  });

  test("two runs at once do no harm", async () => {
    await lose("drop_after");
    await charge(stack, key.vault_key, {}, same);
    const runs = await Promise.all([reconcile(), reconcile(), reconcile()]);
    expect(runs.filter((run) => run?.outcome === "posted")).toHaveLength(1);
    expect(await usage()).toMatchObject({ spent: 1, held: 0 });
  });

  describe("Stripe's own approvals", () => {
    const ask = () => stack.control.addApprovalRule({ operation: "charges.create", amount_over: 500 });

    test("hold their money until a person has denied; a repeat makes no second request", async () => {
      await ask();
      const first = await charge(stack, key.vault_key, { amount: 6000 }, same);
      expect(first).toMatchObject({ status: 402, body: { error: { code: "approval_required" } } });
      const request = first.body.error.approval_request;
      expect(await row()).toMatchObject({ state: "awaiting", object_id: request, code: "approval_required" });
      expect(await usage()).toMatchObject({ spent: 0, held: 60 });
      const repeat = await charge(stack, key.vault_key, { amount: 6000 }, same);
      expect(repeat.body.error.approval_request).toBe(request);
      expect(await writes()).toBe(1);
      expect((await charge(stack, key.vault_key, { amount: 6000 })).body.error.code).toBe(
        "spend_cap_exceeded",
      );
      await pass(2 * 24 * 60 * MINUTE_MS);
      expect(await reconcile()).toMatchObject({ outcome: "waiting" });
      await stack.control.deny(request);
      expect(await reconcile()).toMatchObject({ outcome: "voided" });
      expect(await usage()).toMatchObject({ spent: 0, held: 0 });
    });

    test("are posted when Stripe has carried them out", async () => {
      await ask();
      const first = await charge(stack, key.vault_key, { amount: 6000 }, same);
      await stack.control.approve(first.body.error.approval_request, { after_ms: 60_000 });
      expect(await reconcile()).toMatchObject({ outcome: "waiting" });
      await pass(61_000);
      expect(await reconcile()).toMatchObject({ outcome: "posted" });
      expect(await usage()).toMatchObject({ spent: 60, held: 0 });
      const repeat = await charge(stack, key.vault_key, { amount: 6000 }, same);
      expect(repeat.body).toMatchObject({ object: "charge", amount: 6000 });
    });
  });

  describe("by hand", () => {
    const settle = (id: string, body: object) => stack.admin(`/calls/${id}/settle`, { method: "POST", body });

    test("a person settles what nobody knows, with a reason that stays in the row", async () => {
      await lose("drop_after");
      await charge(stack, key.vault_key, { amount: 6000 }, same);
      const { call_id: id } = (await row()) ?? {};
      expect((await settle(id, { outcome: "posted" })).status).toBe(400);
      expect((await settle(id, { outcome: "voided", reason: "x", usd: 1 })).status).toBe(400);
      const settled = await settle(id, { outcome: "posted", reason: "seen in the dashboard", usd: 55 });
      expect(settled).toMatchObject({
        status: 200,
        body: {
          state: "posted",
          settled_by: "person",
          settled_reason: "seen in the dashboard",
          usd_cents: 5500,
        },
      });
      expect(await usage()).toMatchObject({ spent: 55, held: 0 });
      const again = await settle(id, { outcome: "voided", reason: "no" });
      expect(again).toMatchObject({ status: 409, body: { error: { code: "call_already_settled" } } });
      expect((await settle("call_nobody", { outcome: "voided", reason: "no" })).status).toBe(404);
      // Nobody kept an answer, and sending it again is the one wrong thing.
      expect((await charge(stack, key.vault_key, { amount: 6000 }, same)).body.error.code).toBe(
        "outcome_unresolved",
      );
    });
  });

  test("a cap that unresolved calls use up says so, and what to do", async () => {
    await lose("drop_before");
    await charge(stack, key.vault_key, { amount: 6000 }, same);
    const { error } = (await charge(stack, key.vault_key, { amount: 6000 })).body;
    expect(error.code).toBe("spend_cap_exceeded");
    expect(error.message).toContain("$60.00 of that is held by 1 unresolved call");
    expect(error.keybrake).toMatchObject({ held_usd: 60, unresolved_calls: 1 });
  });

  test("metrics say what is reserved, in which state", async () => {
    await lose("drop_before");
    await charge(stack, key.vault_key, { amount: 6000 }, same);
    const text = await (await fetch(`${stack.url}/metrics`)).text();
    expect(text).toMatch(/keybrake_unresolved_usd\{state="unknown"\} \d+/);
    expect(text).toMatch(/keybrake_unresolved_calls\{state="awaiting"\} 0/);
    expect(text).toMatch(/keybrake_unresolved_oldest_timestamp_seconds\{state="unknown"\} 1\d+/);
    expect(text).toContain('keybrake_reconciled_total{outcome="posted"}');
  });
});
