/**
 * An orchestrator and its workers with the Vercel AI SDK. The orchestrator has no key that moves money. Each worker
 * gets a vault key of its own, cut to its invoice and revoked when the worker ends; one budget limits their sum.
 */
import assert from "node:assert/strict";
import { billingTools } from "@keybrake/ai-sdk";
import { createRun } from "@keybrake/core";
import { openDesk, sayCalls } from "@keybrake/example-shared";
import { chooseModel } from "@keybrake/example-shared/ai-sdk";
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";

await using desk = await openDesk("Orchestrator and workers, AI SDK", ["openai", "anthropic"]);
const { admin, proxyUrl, customer, order } = desk;

const amount_cents = 490;
const invoices = new Map(
  [1, 2, 3].map((line) => [`${order}-${line}`, { customer_id: customer, amount_cents }]),
);
const ids = [...invoices.keys()];

// Enough for two of the three. However many keys there are, their sum stays under it.
const budget = `invoices-${order}`;
await admin.budgets.create({ name: budget, daily_usd_cap: 10 });

const billInvoice = tool({
  description: "Has a worker charge one invoice, and says what became of it.",
  inputSchema: z.object({ invoice: z.string() }),
  execute: async ({ invoice }, { abortSignal }) => {
    // What the key allows comes from the books, not from the model.
    const due = invoices.get(invoice);
    if (due === undefined) return "There is no such invoice.";
    await using key = await admin.leaseVaultKey({
      name: `worker-${invoice}`,
      role: "billing",
      budget,
      customers: [due.customer_id],
      max_usd_per_call: due.amount_cents / 100,
      expires_in_seconds: 300,
    });
    // A run of its own: what stops one worker does not stop the others.
    const run = createRun({ runId: invoice, agent: "worker", conversationId: order });
    const model = await chooseModel(desk.model, [
      () => [{ tool: "create_charge", input: { ...due, currency: "usd", reference: invoice } }],
      ([result = ""]) => (/\bch_/.test(result) ? `${invoice} is charged.` : `${invoice} is not charged.`),
    ]);
    const worker = new ToolLoopAgent({
      model,
      instructions: "You charge one invoice and report what the tool said. When it says stop, stop.",
      tools: billingTools({ vaultKey: key.vaultKey, run, proxyUrl, only: ["create_charge"] }),
    });
    const prompt = `Charge customer ${due.customer_id} ${due.amount_cents} cents, usd, with reference ${invoice}.`;
    return (await worker.generate({ prompt, ...(abortSignal && { abortSignal }) })).text;
  },
});

const orchestrator = new ToolLoopAgent({
  model: await chooseModel(desk.model, [
    () => ids.map((invoice) => ({ tool: "bill_invoice", input: { invoice } })),
    (results) =>
      `${results.filter((text) => text.includes("is charged")).length} of ${ids.length} are charged.`,
  ]),
  instructions: "You have invoices billed, each once, and report. You do not try a refused one again.",
  tools: { bill_invoice: billInvoice },
});
const { text: answer } = await orchestrator.generate({ prompt: `Bill these invoices: ${ids.join(", ")}.` });

const charges = (await Promise.all(ids.map(desk.charges))).flat();
const calls = (await Promise.all(ids.map(desk.calls))).flat();
sayCalls(calls);

assert.deepEqual(
  charges.map(({ amount }) => amount),
  [amount_cents, amount_cents],
  "Stripe has two charges",
);
assert.deepEqual(
  calls.filter(({ decision }) => decision === "denied").map(({ code }) => code),
  ["spend_cap_exceeded"],
  "the shared budget refused the third",
);
const keys = new Set(calls.map(({ vault_key_id }) => vault_key_id));
assert.equal(keys.size, ids.length, "each worker had a key of its own");
for (const id of keys) {
  assert.equal((await admin.vaultKeys.get(id)).status, "revoked", "the keys ended with their workers");
}
process.stdout.write(`${answer}\nEverything is as stated.\n`);
