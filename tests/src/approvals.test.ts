import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ rates: { eur: "1.1" } });
});
afterAll(() => stack[Symbol.asyncDispose]());

const CHARGE = { amount: "50000", currency: "usd", source: "tok_visa", description: "June, as agreed" };

const ask = (policy: Record<string, unknown> = {}) =>
  stack.issue({ role: "billing", daily_usd_cap: 10_000, approval: { above_usd: 100 }, ...policy });

interface Said {
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly path?: string;
}

/** Without an Idempotency-Key: the act is claimed by itself. */
const charge = ({ vault_key }: IssuedKey, { form = CHARGE, headers = {}, path = "/v1/charges" }: Said = {}) =>
  stack.call(vault_key, "POST", path, { form, headers });

const answer = (id: string, said: "approve" | "deny", body: object = {}) =>
  stack.admin(`/approvals/${id}/${said}`, { method: "POST", body });

const cards = async ({ id }: IssuedKey, status = "pending") =>
  (await stack.admin(`/approvals?vault_key_id=${id}&status=${status}`)).body.data;

/** How often something was charged, so far. */
const made = async () => {
  const { charges, payment_intents } = await stack.control.summary();
  return charges.created + payment_intents.created;
};

describe("a person is asked", () => {
  test("the call is refused with what a model obeys, and the card says what would move", async () => {
    const key = await ask({ labels: { team: "billing" } });
    const headers = {
      "x-agent-run-id": "run-1",
      "x-agent-name": "biller",
      "x-agent-conversation-id": "conv-1",
    };
    const { status, body, headers: answered } = await charge(key, { headers });
    expect(status).toBe(403);
    expect(answered.get("stripe-should-retry")).toBe("false");
    const [card] = await cards(key);
    expect(body.error).toMatchObject({
      type: "invalid_request_error",
      code: "approval_required",
      keybrake: { approval_id: card.id, requested_usd: 500, expires_at: card.expires_at },
    });
    expect(body.error.message).toContain("Sending the same request again later");
    expect(card).toEqual({
      id: expect.stringMatching(/^apr_[0-9a-f]{32}$/),
      ...{ status: "pending", cause: "amount", vault_key_id: key.id, vault_key_name: "test" },
      ...{ vendor: "stripe", account: "default", simulate: false },
      ...{ operation: "charges.create", method: "POST", path: "/v1/charges" },
      ...{ amount_minor: 50_000, currency: "usd", usd: 500, customer: null, parameters: CHARGE },
      ...{ run_id: "run-1", agent: "biller", conversation_id: "conv-1", turn: null },
      call_id: answered.get("request-id"),
      ...{ asked_at: expect.any(String), expires_at: expect.any(String) },
      ...{ decided_at: null, decided_by: null, decided_reason: null, used_by: null },
    });
    expect(Date.parse(card.expires_at) - Date.parse(card.asked_at)).toBeGreaterThan(86_000_000);
    expect(await stack.auditRows(`&vault_key_id=${key.id}`)).toMatchObject([
      { decision: "denied", code: "approval_required", usd_cents: 50_000, state: "none" },
    ]);
  });

  test("once they agree, the same call goes through once, and says who agreed", async () => {
    const key = await ask();
    const [first] = await Promise.all(Array.from({ length: 20 }, () => charge(key)));
    const id = first?.body.error.keybrake.approval_id;
    expect(await cards(key)).toHaveLength(1);
    const { status, body } = await answer(id, "approve", { by: "anna", reason: "known customer" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "approved", decided_by: "anna", decided_reason: "known customer" });
    const both = await Promise.all([charge(key), charge(key)]);
    expect(both.map((done) => [done.status, done.body.amount])).toEqual([
      [200, 50_000],
      [200, 50_000],
    ]);
    expect(new Set(both.map((done) => done.body.id)).size).toBe(1);
    const [used] = await cards(key, "used");
    expect(await stack.auditRows(`&vault_key_id=${key.id}&decision=allowed`)).toMatchObject([
      { call_id: used.used_by, state: "posted" },
    ]);
    expect((await answer(id, "deny")).body.error.code).toBe("approval_decided");
  });

  test("a no is final for the act, in other words and under another Idempotency-Key too", async () => {
    const key = await ask();
    const { body } = await charge(key);
    await answer(body.error.keybrake.approval_id, "deny", { reason: "not this month" });
    const again = await charge(key, { form: { ...CHARGE, description: "other words" } });
    expect(again.body.error).toMatchObject({ code: "approval_denied" });
    expect(again.body.error.message).toContain('They said: "not this month".');
    const named = await charge(key, { headers: { "idempotency-key": "chosen-by-the-agent" } });
    expect(named.body.error.code).toBe("approval_denied");
  });

  test("below the threshold, for other operations, and for reads nobody is asked", async () => {
    const key = await ask({
      approval: { above_usd: 100, operations: ["refunds.create"] },
      role: undefined,
      allowed_operations: ["*"],
    });
    expect((await charge(key)).body).toMatchObject({ object: "charge" });
    const small = await ask();
    expect((await charge(small, { form: { ...CHARGE, amount: "10000" } })).status).toBe(200);
    expect((await stack.call(small.vault_key, "GET", "/v1/customers?limit=1")).status).toBe(200);
  });

  test("other currencies count in dollars", async () => {
    const key = await ask();
    const { body } = await charge(key, { form: { ...CHARGE, amount: "10000", currency: "eur" } });
    expect(body.error.code).toBe("approval_required");
    expect(await cards(key)).toMatchObject([{ amount_minor: 10_000, currency: "eur", usd: 110 }]);
  });

  test("before the wall: what would use more than so much of a budget", async () => {
    const key = await ask({ daily_usd_cap: 1000, approval: { ask_at: 60 } });
    expect((await charge(key)).status).toBe(200);
    const { body } = await charge(key, { form: { ...CHARGE, amount: "20000" } });
    expect(body.error.message).toContain("once a budget is used by more than 60 %");
    expect(await cards(key)).toMatchObject([{ cause: "budget", usd: 200 }]);
    expect((await charge(key, { form: { ...CHARGE, amount: "9999" } })).status).toBe(200);
  });

  test("a simulate key asks too, and moves nothing", async () => {
    const key = await ask({ simulate: true });
    const { body } = await charge(key);
    await answer(body.error.keybrake.approval_id, "approve");
    const before = await made();
    expect((await charge(key)).body.id).toMatch(/^ch_mock_/);
    expect(await made()).toBe(before);
  });
});

describe("an approval is for the very same call", () => {
  /** What is changed after a person has agreed. */
  const FORGED: Readonly<Record<string, Said>> = {
    "another amount": { form: { ...CHARGE, amount: "50001" } },
    "a smaller amount": { form: { ...CHARGE, amount: "49999" } },
    "another currency": { form: { ...CHARGE, currency: "eur" } },
    "another payer": { form: { ...CHARGE, source: "tok_mastercard" } },
    "a customer": { form: { ...CHARGE, customer: "cus_1" } },
    "other words": { form: { ...CHARGE, description: "July" } },
    "one more parameter": { form: { ...CHARGE, "metadata[note]": "approved" } },
    "another operation": {
      path: "/v1/payment_intents",
      form: { amount: "50000", currency: "usd", "payment_method_types[]": "card" },
    },
    "another run": { headers: { "x-agent-run-id": "run-2" } },
    "another conversation": { headers: { "x-agent-run-id": "run-1", "x-agent-conversation-id": "conv-2" } },
    "another act of the agent's": { headers: { "x-agent-run-id": "run-1", "x-agent-act": "two" } },
    "another version of the API": {
      headers: { "x-agent-run-id": "run-1", "stripe-version": "2024-06-20" },
    },
    "an approval of its own": {
      headers: { "x-agent-run-id": "run-1", "x-approval-id": "apr_1" },
      form: { ...CHARGE, approval: "approved" },
    },
  };

  test.each(Object.entries(FORGED))("not with %s", async (_, forged) => {
    const key = await ask({ role: undefined, allowed_operations: ["*"] });
    const asked = { headers: { "x-agent-run-id": "run-1" } };
    const { body } = await charge(key, asked);
    await answer(body.error.keybrake.approval_id, "approve");
    const before = await made();
    const { status } = await charge(key, { ...asked, ...forged });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(await made()).toBe(before);
    expect((await charge(key, asked)).status).toBe(200);
    expect(await made()).toBe(before + 1);
  });

  test("not by another key, and not when its own has ended", async () => {
    const [key, other] = [await ask(), await ask()];
    const { body } = await charge(key);
    const id = body.error.keybrake.approval_id;
    await answer(id, "approve");
    const before = await made();
    expect((await charge(other)).body.error.code).toBe("approval_required");
    await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    expect((await charge(key)).body.error.code).toBe("vault_key_revoked");
    expect(await made()).toBe(before);
  });

  test("one conversation goes on in another run", async () => {
    const key = await ask();
    const said = (run: string) => ({
      headers: { "x-agent-run-id": run, "x-agent-conversation-id": "conv-1" },
    });
    const { body } = await charge(key, said("run-1"));
    await answer(body.error.keybrake.approval_id, "approve");
    expect((await charge(key, said("run-2"))).status).toBe(200);
  });

  test("a price that has grown since is asked about again", async () => {
    const key = await ask({ role: undefined, allowed_operations: ["*"] });
    const open = await stack.issue({ allowed_operations: ["*"], daily_usd_cap: 10_000 });
    const paid = await charge(open);
    const form = { charge: paid.body.id };
    const refund = () => charge(key, { path: "/v1/refunds", form });
    // Part of it is refunded, so that all that is left is less now.
    await charge(open, { path: "/v1/refunds", form: { ...form, amount: "20000" } });
    const { body } = await refund();
    expect(body.error.keybrake.requested_usd).toBe(300);
    await answer(body.error.keybrake.approval_id, "approve");
    expect((await refund()).body.amount).toBe(30_000);
  });
});

describe("who answers", () => {
  test("is not the agent: its vault key opens nothing of the admin API", async () => {
    const key = await ask();
    const { body } = await charge(key);
    const id = body.error.keybrake.approval_id;
    for (const path of [`/admin/approvals/${id}/approve`, "/admin/approvals"]) {
      const answered = await stack.call(key.vault_key, "POST", path, { json: {} });
      expect(answered.status).toBe(401);
    }
    expect(await cards(key)).toMatchObject([{ id, status: "pending" }]);
  });

  test("may be an operator, whose key is named with the answer, and no auditor", async () => {
    const key = await ask();
    const { body } = await charge(key);
    const id = body.error.keybrake.approval_id;
    const approveAs = async (scope: string, by?: string) => {
      const made = await stack.admin("/admin-keys", {
        method: "POST",
        body: { name: `${scope} key`, scope },
      });
      const response = await fetch(`${stack.url}/admin/approvals/${id}/approve`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${made.body.admin_key}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ by }),
      });
      return { status: response.status, body: (await response.json()) as any };
    };
    expect((await approveAs("auditor")).status).toBe(403);
    expect(await cards(key)).toMatchObject([{ status: "pending" }]);
    expect((await approveAs("operator", "anna")).body).toMatchObject({
      ...{ status: "approved", decided_by: "anna (operator key)" },
    });
  });

  test("answers what exists, once, and says nothing that no field has", async () => {
    const key = await ask();
    expect((await answer("apr_nothing", "approve")).status).toBe(404);
    const { body } = await charge(key);
    const id = body.error.keybrake.approval_id;
    expect((await answer(id, "approve", { amount: 1 })).body.error.code).toBe("request_invalid");
    expect((await answer(id, "approve", { by: "a\u0000b" })).status).toBe(400);
    expect((await stack.admin(`/approvals/${id}`)).body).toMatchObject({ id, status: "pending" });
  });

  test("a policy that would ask nobody, or about nothing, is no policy", async () => {
    const create = (approval: unknown) =>
      stack.admin("/vault-keys", {
        method: "POST",
        body: { name: "k", vendor: "stripe", role: "billing", daily_usd_cap: 1, approval },
      });
    for (const approval of [
      {},
      { above_usd: -1 },
      { ask_at: 0 },
      { ask_at: 100 },
      { above_usd: 1, when: "now" },
    ]) {
      expect((await create(approval)).status).toBe(400);
    }
    const odd = await create({ above_usd: 1, operations: ["charge.create"] });
    expect(odd.body.error).toMatchObject({ code: "request_invalid", param: "approval.operations" });
    const { body } = await create({ above_usd: 1.5, operations: ["charges.create"], expires_in: "90m" });
    expect(body.policy.approval).toEqual({
      ...{ above_usd: 1.5, ask_at: null, operations: ["charges.create"], expires_in: "90m" },
    });
  });
});

test("cards are sealed at rest, and show no key", async () => {
  const key = await ask();
  await charge(key, { form: { ...CHARGE, description: `use ${key.vault_key} please` } });
  const [card] = await cards(key);
  expect(card.parameters.description).toMatch(/^use .* please$/);
  expect(JSON.stringify(card)).not.toContain(key.vault_key);
  const stored = await stack.ledger.listApprovals({ vaultKeyId: key.id }, { limit: 10 }, 0);
  expect(JSON.stringify(stored)).not.toContain("please");
  expect(stored.data).toHaveLength(1);
});
