import { z } from "zod";

/**
 * One framework's way to call a tool, with a tool of Keybrake (simulated: no network) and with a plain one of the same
 * schema and answer. What the framework itself costs is in both.
 */
export interface ToolProbe {
  readonly framework: string;
  /** Makes the billing tools, as an application does once per agent run. */
  readonly createTools: () => unknown;
  readonly callKeybrake: ToolCall;
  readonly callPlain: ToolCall;
}

/** One charge; the reference makes it another act than the one before. Resolves with what the framework answers. */
export type ToolCall = (reference: string) => Promise<unknown>;

/** What the adapters' `billingTools` are given. */
export const TOOL_OPTIONS = { vaultKey: "vk_test_0", mode: "simulate" } as const;

export const PLAIN_TOOL = { name: "create_charge", description: "Charges a customer." } as const;

/** As an application would write it for a tool of its own. */
export const PLAIN_SCHEMA = z.object({
  customer_id: z.string(),
  amount_cents: z.int().min(1),
  currency: z.string().nullable(),
  description: z.string().nullable(),
  billing_period: z.string().nullable(),
  reference: z.string().nullable(),
});

export function chargeInput(reference: string): z.infer<typeof PLAIN_SCHEMA> {
  return {
    customer_id: "cus_1",
    amount_cents: 2900,
    currency: null,
    description: null,
    billing_period: null,
    reference,
  };
}

/** What the plain tool answers: the fields of an outcome. */
export async function plainCharge(): Promise<Record<string, string | number | boolean>> {
  return {
    ok: true,
    operation: "charges.create",
    id: "ch_mock_plain",
    status: "succeeded",
    amount_cents: 2900,
    currency: "usd",
    replayed: false,
    message: "Charged 29.00 USD to cus_1.",
  };
}
