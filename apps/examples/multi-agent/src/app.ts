/**
 * An orchestrator and its workers with the Vercel AI SDK. The orchestrator's vault key makes a key for each worker, cut to
 * its invoice and revoked when the worker ends; all of them spend from the orchestrator's cap, and end with its key. There
 * is no admin key here.
 *
 * In the environment: KEYBRAKE_PROXY_URL, and KEYBRAKE_ORCHESTRATOR_VAULT_KEY with `may_delegate`.
 */
import { billingTools } from "@keybrake/ai-sdk";
import { createDelegationClient, createRun } from "@keybrake/core";
import { type LanguageModel, ToolLoopAgent, tool } from "ai";
import { z } from "zod";

/** What is due, from your books. */
export interface Invoice {
  readonly id: string;
  readonly customerId: string;
  /** US dollars in their smallest unit, as the tool takes them. */
  readonly amountMinor: number;
}

interface Batch {
  readonly name: string;
  readonly model: LanguageModel;
}

/** Has each invoice charged by a worker of its own, and answers what the orchestrator reports. */
export async function billInvoices(invoices: readonly Invoice[], { name, model }: Batch): Promise<string> {
  const delegation = createDelegationClient({ vaultKey: process.env.KEYBRAKE_ORCHESTRATOR_VAULT_KEY ?? "" });

  const billInvoice = tool({
    description: "Has a worker charge one invoice, and says what became of it.",
    inputSchema: z.object({ invoice: z.string() }),
    execute: async ({ invoice }, { abortSignal }) => {
      // What the key allows comes from the books, not from the model.
      const due = invoices.find(({ id }) => id === invoice);
      if (due === undefined) return "There is no such invoice.";
      await using key = await delegation.leaseVaultKey({
        name: `worker-${due.id}`,
        customers: [due.customerId],
        max_usd_per_call: due.amountMinor / 100,
        expires_in_seconds: 300,
      });
      // A run of its own: what stops one worker does not stop the others.
      const run = createRun({ runId: due.id, agent: "worker", conversationId: name });
      const worker = new ToolLoopAgent({
        model,
        instructions: "You charge one invoice and report what the tool said. When it says stop, stop.",
        tools: billingTools({ vaultKey: key.vaultKey, run, only: ["create_charge"] }),
      });
      const prompt = `Charge customer ${due.customerId}: amount_cents ${due.amountMinor}, usd, reference ${due.id}.`;
      return (await worker.generate({ prompt, ...(abortSignal && { abortSignal }) })).text;
    },
  });

  const orchestrator = new ToolLoopAgent({
    model,
    instructions: "You have invoices billed, each once, and report. You do not try a refused one again.",
    tools: { bill_invoice: billInvoice },
  });
  const ids = invoices.map(({ id }) => id);
  return (await orchestrator.generate({ prompt: `Bill these invoices: ${ids.join(", ")}.` })).text;
}
