import { isStepCount, ToolLoopAgent, tool } from "ai";
import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Call, scriptedModel, toolMessages } from "../../packages/ai-sdk/test/scripted-model.ts";
import { type Stack, startStack, UPSTREAM_KEY } from "./stack.ts";

/*
 * An agent with Stripe code of its own, and a key of which nobody said more than its role and its cap. Before: what an
 * SDK sends has a new Idempotency-Key with each call, so that a lost answer and a second try were two charges; and what
 * sends none was refused.
 */
const input = z.object({ customer_id: z.string(), amount_cents: z.number(), billing_period: z.string() });
type Input = z.infer<typeof input>;
type Pay = (input: Input) => Promise<string>;

/** What a lost answer is lost for: the SDK's first try and its two further ones. */
const TRIES = 3;

const paramsOf = ({ customer_id, amount_cents, billing_period }: Input) => ({
  customer: customer_id,
  amount: amount_cents,
  currency: "usd",
  metadata: { billing_period },
});

/** stripe-node, made anew for each call, as tools are often written. */
const withSdk =
  (key: string, port: number): Pay =>
  async (asked) => {
    const config = { host: "127.0.0.1", port, protocol: "http", maxNetworkRetries: TRIES - 1 } as const;
    return (await new Stripe(key, config).charges.create(paramsOf(asked))).id;
  };

/** Plain HTTP, without a word of idempotency. */
const withFetch =
  (key: string, port: number): Pay =>
  async (asked) => {
    const { metadata, ...rest } = paramsOf(asked);
    const body = new URLSearchParams({ ...rest, amount: String(rest.amount) });
    body.set("metadata[billing_period]", metadata.billing_period);
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`http://127.0.0.1:${port}/v1/charges`, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  };

const CUSTOMERS = { sdk: "cus_demo_alice", fetch: "cus_demo_bob" } as const;

describe.each([
  ["sdk", withSdk, TRIES],
  ["fetch", withFetch, 1],
] as const)("a framework's loop around Stripe code of one's own: %s", (name, connect, tries) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  /** The model takes the failure for "not done yet", and calls again with the same arguments. */
  async function bill(pay: Pay): Promise<{ told: string[]; made: string[] }> {
    await stack.control.reset();
    const customer = CUSTOMERS[name];
    const call: Call = {
      tool: "charge",
      input: { customer_id: customer, amount_cents: 2900, billing_period: "2026-06" },
    };
    const model = scriptedModel([[call], [call], "Done."]);
    const charge = tool({ description: "Charges a customer.", inputSchema: input, execute: pay });
    const agent = new ToolLoopAgent({ model, tools: { charge }, stopWhen: isStepCount(4), maxRetries: 0 });
    await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: tries });
    await agent.generate({ prompt: "Bill $29 for June." });
    const stripe = new Stripe(UPSTREAM_KEY, {
      host: "127.0.0.1",
      port: Number(new URL(stack.emulator.url).port),
      protocol: "http",
    });
    const { data } = await stripe.charges.list({ customer });
    return { told: toolMessages(model).map((said) => JSON.stringify(said)), made: data.map(({ id }) => id) };
  }

  test("a lost answer and a second try: two charges with a raw key, one with a vault key as it comes", async () => {
    const raw = await bill(connect(UPSTREAM_KEY, Number(new URL(stack.emulator.url).port)));
    expect(raw.made).toHaveLength(2);

    const { vault_key } = await stack.issue({ role: "billing", daily_usd_cap: 100 });
    const { told, made } = await bill(connect(vault_key, stack.port));
    expect(made).toHaveLength(1);
    // The first call was carried out and failed to say so; the second one has its answer.
    expect(told[0]).not.toContain(made[0]);
    expect(told[1]).toContain(made[0]);
  });
});
