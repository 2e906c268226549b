import { generateText, isStepCount, type ModelMessage, tool } from "ai";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { ALICE, type Desk, openDesk } from "../test/desk.ts";
import { type Call, scriptedModel, toolMessages } from "../test/scripted-model.ts";
import { billingTools, refundTools, toolApprovalFor } from "./index.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());
beforeEach(() => desk.reset());

const charge = (amount: number): Call => ({
  tool: "create_charge",
  input: { customer_id: ALICE, amount_cents: amount },
});
const user: ModelMessage = { role: "user", content: "Charge." };
const big = (input: { amount_cents: number | null }) =>
  (input.amount_cents ?? Number.POSITIVE_INFINITY) > 1000;

/** Runs until the approval request, then answers it. */
async function answerApproval(approved: boolean) {
  const tools = billingTools(await desk.options());
  const toolApproval = toolApprovalFor(tools, big);
  const asking = await generateText({
    model: scriptedModel([[charge(5000)]]),
    tools,
    toolApproval,
    messages: [user],
    stopWhen: isStepCount(4),
  });
  const requests = asking.content.filter((part) => part.type === "tool-approval-request");
  expect(requests).toHaveLength(1);
  expect(desk.sent).toHaveLength(0);
  const content = requests.map(({ approvalId }) => ({
    type: "tool-approval-response" as const,
    approvalId,
    approved,
  }));
  const model = scriptedModel(["Done."]);
  const messages: ModelMessage[] = [user, ...asking.response.messages, { role: "tool", content }];
  await generateText({ model, tools, toolApproval, messages, stopWhen: isStepCount(4) });
  return model;
}

test("a small charge goes, a big one waits for a person and goes once when approved", async () => {
  const tools = billingTools(await desk.options());
  const toolApproval = toolApprovalFor(tools, big);
  await generateText({
    model: scriptedModel([[charge(500)], "Done."]),
    tools,
    toolApproval,
    messages: [user],
    stopWhen: isStepCount(4),
  });
  expect(await desk.charges()).toHaveLength(1);
  await desk.reset();
  const model = await answerApproval(true);
  expect(await desk.charges()).toMatchObject([{ amount: 5000 }]);
  expect(toolMessages(model)[0]).toMatchObject({ type: "json", value: { ok: true } });
});

test("a denied one is not sent", async () => {
  const model = await answerApproval(false);
  expect(toolMessages(model)[0]).toMatchObject({ type: "execution-denied" });
  expect(desk.sent).toHaveLength(0);
});

test("covers what moves money, under any name, and leaves other tools alone", async () => {
  const { create_refund, ...reads } = refundTools(await desk.options());
  const other = tool({
    description: "d",
    inputSchema: z.object({}),
    execute: async () => 1,
    metadata: { keybrake: ["write"] },
  });
  const approvals = toolApprovalFor({ give_back: create_refund, ...reads, other }, () => true);
  expect(Object.keys(approvals)).toEqual(["give_back"]);
});

test("a check that throws, or answers anything but false, asks a person", async () => {
  const tools = billingTools(await desk.options());
  const input = {
    customer_id: ALICE,
    amount_cents: 1,
    currency: null,
    description: null,
    billing_period: null,
    reference: null,
  };
  const failing = toolApprovalFor(tools, () => {
    throw new Error("boom");
  });
  expect(await failing.create_charge?.(input)).toBe("user-approval");
  expect(await toolApprovalFor(tools, () => undefined as never).create_charge?.(input)).toBe("user-approval");
  expect(await toolApprovalFor(tools, async () => false).create_charge?.(input)).toBe("not-applicable");
});
