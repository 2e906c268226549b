import { TOOLS, type ToolName } from "@keybrake/core";
import type { JsonSchemaType } from "@modelcontextprotocol/client";
import { AjvJsonSchemaValidator } from "@modelcontextprotocol/client/validators/ajv";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Connected, connectHttp, type Era } from "./mcp-clients.ts";
import { type Stack, startStack } from "./stack.ts";

/**
 * Every tool, done and refused. The official client checks the results of successes only, and only once it has
 * listed the tools; others check all.
 */
describe.each(["2025", "2026"] satisfies Era[])("every outcome fits its schema, protocol of %s", (era) => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
  });

  async function connect(policy: Record<string, unknown>): Promise<Connected> {
    const operations = Object.values(TOOLS).flatMap((tool) => tool.operations);
    const key = await stack.issue({ allowed_operations: operations, daily_usd_cap: 100, ...policy });
    const session = await connectHttp(stack, key.vault_key, {
      era,
      headers: { "x-agent-run-id": `run of ${key.id}` },
    });
    const validators = new Map(
      (await session.client.listTools()).tools.map(({ name, outputSchema }) => [
        name,
        new AjvJsonSchemaValidator().getValidator((outputSchema ?? expect.unreachable()) as JsonSchemaType),
      ]),
    );
    return {
      ...session,
      async call(name, input) {
        const { isError, text, ...outcome } = await session.call(name, input);
        expect(validators.get(name)?.(outcome), JSON.stringify(outcome)).toMatchObject({ valid: true });
        return { isError, text, ...outcome };
      },
    };
  }

  const CUSTOMER = { customer_id: "cus_demo_bob" };
  const inputs = (chargeId: string, intentId: string): Record<ToolName, Record<string, unknown>> => ({
    create_charge: { ...CUSTOMER, amount_cents: 700, reference: "again", billing_period: "2026-06" },
    create_payment_intent: { ...CUSTOMER, amount_cents: 800 },
    create_refund: { charge_id: chargeId, amount_cents: 100 },
    retrieve_charge: { charge_id: chargeId },
    retrieve_payment_intent: { payment_intent_id: intentId },
    retrieve_customer: CUSTOMER,
    list_charges: {},
    list_customers: {},
    list_refunds: {},
    check_existing_charge: { ...CUSTOMER, amount_cents: 700 },
    retrieve_balance: {},
  });

  test.each([{ simulate: false }, { simulate: true }])("done, %o", async (policy) => {
    await using session = await connect(policy);
    const charge = await session.call("create_charge", { ...CUSTOMER, amount_cents: 700 });
    const intent = await session.call("create_payment_intent", { ...CUSTOMER, amount_cents: 900 });
    for (const [name, input] of Object.entries(inputs(charge.id, intent.id))) {
      expect(await session.call(name, input), name).toMatchObject({ ok: true, isError: false });
    }
  });

  test("refused by Stripe, by its absence, for the input, and by the latch", async () => {
    await using session = await connect({});
    const all = Object.entries(inputs("ch_none", "pi_none"));
    const refused = { ok: false, isError: true };
    for (const [name] of all) {
      const bad = await session.call(name, { no_such_field: 1 });
      expect(bad, name).toMatchObject({ ...refused, final: false, code: "invalid_input" });
    }
    for (const name of ["create_refund", "retrieve_charge", "retrieve_payment_intent"] as const) {
      const missing = await session.call(name, inputs("ch_none", "pi_none")[name]);
      expect(missing, name).toMatchObject({ ...refused, final: true, code: "resource_missing" });
    }
    await stack.control.addFault({ kind: "drop_before" });
    for (const [name, input] of all.slice(0, 4)) {
      const lost = await session.call(name, input);
      expect(lost, name).toMatchObject({ ...refused, final: false });
    }
    await stack.control.clearFaults();
    const over = await session.call("create_charge", { ...CUSTOMER, amount_cents: 99_999_999 });
    expect(over).toMatchObject({ ...refused, final: true, code: "spend_cap_exceeded" });
    const stopped = await session.call("create_charge", { ...CUSTOMER, amount_cents: 100 });
    expect(stopped).toMatchObject({ ...refused, final: true, code: "run_stopped" });
  });
});
