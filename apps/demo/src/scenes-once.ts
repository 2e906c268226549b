import { billingTools } from "@keybrake/ai-sdk";
import { createRun } from "@keybrake/core";
import { act, chargesOf, check, leaseBilling, rowsOf, type Scene } from "./scene.ts";

/** Scenes about doing an act once: lost answers, parallel calls, line items, two runs for one month. */

const INSTRUCTIONS =
  "You are a billing agent. Use create_charge for every charge. When a tool says to call it again with the same arguments, do so. When it says stop, stop.";

function chargeCall(input: Readonly<Record<string, unknown>>) {
  return { tool: "create_charge", input: { currency: "usd", ...input } };
}

export const lostAnswer: Scene = {
  name: "lost-answer",
  title: "The answer is lost, the agent charges again",
  async play(stage, actors) {
    const customer = await stage.books.newCustomer("Alice");
    await using key = await leaseBilling(stage, "lost-answer", 200);
    const run = createRun({ runId: "lost-answer", agent: "billing" });
    const tools = billingTools({ vaultKey: key.vaultKey, run, proxyUrl: stage.proxyUrl });
    // The tool itself retries; more losses than it has tries, so that the model must repeat the call.
    stage.upstream.loseAnswers(4);
    const june = { customer_id: customer, amount_cents: 2900, billing_period: "2026-06" };
    await act(actors, {
      instructions: INSTRUCTIONS,
      prompt: `Charge customer ${customer} $29.00 for the billing period 2026-06.`,
      tools,
      script: [
        [chargeCall({ ...june, description: "Pro plan, June" })],
        [chargeCall({ ...june, description: "Pro plan for June (second try)" })],
        [chargeCall({ ...june, description: "June, once more to be sure" })],
        "Charged once.",
      ],
    });
    stage.upstream.loseAnswers(0);
    const charges = await chargesOf(stage, run.runId);
    const rows = await rowsOf(stage, run.runId);
    return {
      story: [`${rows.length} requests under one key, ${charges.length} charge at Stripe`],
      checks: [check("one charge", charges.length === 1), check("it was asked for again", rows.length > 1)],
    };
  },
};

export const parallel: Scene = {
  name: "parallel",
  title: "The same call twice in one turn",
  async play(stage, actors) {
    const customer = await stage.books.newCustomer("Bob");
    await using key = await leaseBilling(stage, "parallel", 200);
    const run = createRun({ runId: "parallel", agent: "billing" });
    const tools = billingTools({ vaultKey: key.vaultKey, run, proxyUrl: stage.proxyUrl });
    const call = { customer_id: customer, amount_cents: 1500, billing_period: "2026-06" };
    await act(actors, {
      instructions: INSTRUCTIONS,
      prompt: `Charge customer ${customer} $15.00 for the billing period 2026-06.`,
      tools,
      script: [[chargeCall(call), chargeCall({ ...call, description: "in other words" })], "Charged."],
    });
    const charges = await chargesOf(stage, run.runId);
    return {
      story: ["two parallel tool calls joined into one"],
      checks: [check("one charge", charges.length === 1)],
    };
  },
};

export const lineItems: Scene = {
  name: "line-items",
  title: "Two line items, alike but for their reference",
  async play(stage, actors) {
    const customer = await stage.books.newCustomer("Carol");
    await using key = await leaseBilling(stage, "line-items", 200);
    const run = createRun({ runId: "line-items", agent: "billing" });
    const tools = billingTools({ vaultKey: key.vaultKey, run, proxyUrl: stage.proxyUrl });
    const item = (reference: string) => chargeCall({ customer_id: customer, amount_cents: 900, reference });
    await act(actors, {
      instructions: INSTRUCTIONS,
      prompt: `Charge customer ${customer} $9.00 twice: with reference item-1, and with reference item-2.`,
      tools,
      script: [[item("item-1"), item("item-2")], "Both charged."],
    });
    const charges = await chargesOf(stage, run.runId);
    return {
      story: ["another reference is another act"],
      checks: [check("two charges", charges.length === 2)],
    };
  },
};

export const june: Scene = {
  name: "june",
  title: "June billed by two runs, each with its own key",
  async play(stage, actors) {
    const customer = await stage.books.newCustomer("Dave");
    const runIds = ["june-1", "june-2"];
    for (const runId of runIds) {
      await using key = await leaseBilling(stage, runId, 200);
      const run = createRun({ runId, agent: "billing" });
      const options = {
        vaultKey: key.vaultKey,
        run,
        proxyUrl: stage.proxyUrl,
        idempotency: "business" as const,
      };
      await act(actors, {
        instructions: INSTRUCTIONS,
        prompt: `Charge customer ${customer} $49.00 for the billing period 2026-06.`,
        tools: billingTools(options),
        script: [
          [chargeCall({ customer_id: customer, amount_cents: 4900, billing_period: "2026-06" })],
          "June is billed.",
        ],
      });
    }
    const charges = await chargesOf(stage, ...runIds);
    return {
      story: ['idempotency: "business" names the act, not the run'],
      checks: [check("one charge", charges.length === 1)],
    };
  },
};
