import { describe, expect, it } from "vitest";
import type { ApprovalRequest } from "./approval-requests.ts";
import { type Bench, newClient, rejection, startBench } from "./test-support.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

async function approvalRequests(bench: Bench): Promise<ApprovalRequest[]> {
  const answer = await bench.request("GET", "/v2/core/approval_requests");
  return answer.body.data as unknown as ApprovalRequest[];
}

/** A charge of 1000 and a refund of it that waits for a person. */
async function pausedRefund(bench: Bench, status?: number) {
  const { stripe, control } = bench;
  await control.addApprovalRule({
    operation: "refunds.create",
    amount_over: 100,
    ...(status === undefined ? {} : { status }),
  });
  const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
  const error = await rejection(stripe.refunds.create({ charge: charge.id, amount: 600 }));
  const [request] = await approvalRequests(bench);
  if (request === undefined) throw new Error("no approval request");
  return { charge, error, request };
}

describe("Stripe's own approvals", () => {
  it("pause an action; when a person agrees, Stripe carries it out by itself, later", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const { charge, error, request } = await pausedRefund(bench);
    expect(error).toMatchObject({ statusCode: 402, code: "approval_required" });
    expect(error.message).toContain(request.id);
    expect(request).toMatchObject({ action: "refund.create", status: "requires_review" });
    expect((await control.books()).moved.map(({ kind }) => kind)).toEqual(["charge"]);
    expect((await control.books()).open).toMatchObject([{ object: request.id, kind: "approval_request" }]);
    expect(await control.approve(request.id, { after_ms: 60_000 })).toMatchObject({ status: "approved" });
    expect((await stripe.refunds.list({ charge: charge.id })).data).toEqual([]);
    await control.advance(60_000);
    const [refund] = (await stripe.refunds.list({ charge: charge.id })).data;
    expect(refund).toMatchObject({ amount: 600, status: "succeeded" });
    expect((await approvalRequests(bench))[0]).toMatchObject({
      status: "succeeded",
      status_details: { succeeded: { result: { id: refund?.id } } },
    });
  });

  it("are dropped when they are denied, cancelled, or not answered for 14 days", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const { charge, request } = await pausedRefund(bench);
    expect(await control.deny(request.id)).toMatchObject({ status: "rejected" });
    await rejection(stripe.refunds.create({ charge: charge.id, amount: 500 }));
    const [second] = await approvalRequests(bench);
    const path = `/v2/core/approval_requests/${second?.id}`;
    expect((await bench.request("POST", `${path}/cancel`, { body: "{}" })).body.status).toBe("canceled");
    await rejection(stripe.refunds.create({ charge: charge.id, amount: 400 }));
    await control.advance(14 * DAY_MS);
    expect((await approvalRequests(bench)).map(({ status }) => status)).toEqual([
      "expired",
      "canceled",
      "rejected",
    ]);
    await expect(control.approve(request.id)).rejects.toThrow("no longer waits");
    expect((await stripe.refunds.list()).data).toEqual([]);
  });

  it("say why an approved action failed", async () => {
    await using bench = await startBench();
    const { stripe, control } = bench;
    const { charge, request } = await pausedRefund(bench, 400);
    await control.clearApprovalRules();
    await stripe.refunds.create({ charge: charge.id });
    await control.approve(request.id, { after_ms: 0 });
    expect((await approvalRequests(bench))[0]).toMatchObject({
      status: "failed",
      status_details: { failed: { error: { code: "charge_already_refunded" } } },
    });
  });

  it("the answer is saved under its key: a repeat makes no second request", async () => {
    await using bench = await startBench();
    await bench.control.addApprovalRule({ operation: "paymentIntents.create" });
    const ask = () =>
      bench.request("POST", "/v1/payment_intents", {
        body: "amount=500&currency=usd",
        headers: { "idempotency-key": "k" },
      });
    expect((await ask()).status).toBe(402);
    expect((await ask()).headers.get("idempotent-replayed")).toBe("true");
    expect(await approvalRequests(bench)).toHaveLength(1);
  });

  it("hold back what the condition says, and only keys tagged as an agent's", async () => {
    await using bench = await startBench({ agentKeys: ["sk_test_agent"] });
    await bench.control.addApprovalRule({ operation: "charges.create", amount_over: 1000 });
    const agent = newClient(bench.emulator, "sk_test_agent");
    const charge = (amount: number) => ({ amount, currency: "usd", source: "tok_visa" });
    expect((await agent.charges.create(charge(1000))).status).toBe("succeeded");
    expect(await rejection(agent.charges.create(charge(1001)))).toMatchObject({ code: "approval_required" });
    expect((await bench.stripe.charges.create(charge(1001))).status).toBe("succeeded");
    await expect(bench.control.addApprovalRule({ operation: "charges.list" })).rejects.toThrow(
      "operation must be",
    );
  });
});
