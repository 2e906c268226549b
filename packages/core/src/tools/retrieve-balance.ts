import { z } from "zod";
import type { Json } from "../outcome.ts";
import { isRecord } from "../text.ts";
import { trimObject } from "./shared/describe.ts";
import { formatAmount } from "./shared/format-amount.ts";
import { simulatedOk } from "./shared/simulated-stripe.ts";
import { readTool } from "./tool.ts";

/** Sums per currency. */
function sums(value: unknown): { readonly amount: number; readonly currency: string }[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isRecord)
    .map(({ amount, currency }) => ({ amount: Number(amount), currency: String(currency) }));
}

export const retrieveBalance = readTool({
  title: "Retrieve balance",
  description: "Reads the balance of the Stripe account. Changes nothing.",
  input: z.strictObject({}),
  operation: "balance.retrieve",
  permission: "Balance",
  request: () => ({ path: "/balance" }),
  describe: (body) => {
    if (body.object !== "balance" || !Array.isArray(body.available)) return null;
    const available = sums(body.available);
    const data: Record<string, Json> = {
      object: "balance",
      available,
      ...(Array.isArray(body.pending) ? { pending: sums(body.pending) } : {}),
      ...trimObject(body, { object: "balance", fields: ["livemode"] }),
    };
    const parts = available.map(({ amount, currency }) => formatAmount(amount, currency));
    return { id: null, status: "ok", data, message: `Available: ${parts.join(", ") || "nothing"}.` };
  },
  simulate: (stripe) => {
    const left = new Map<string, number>([["usd", 0]]);
    for (const { currency, amount, amount_refunded } of stripe.made("charge")) {
      const code = String(currency);
      left.set(code, (left.get(code) ?? 0) + Number(amount) - Number(amount_refunded));
    }
    const available = [...left].map(([currency, amount]) => ({ amount, currency }));
    return simulatedOk({ object: "balance", available, pending: [], livemode: false });
  },
});
