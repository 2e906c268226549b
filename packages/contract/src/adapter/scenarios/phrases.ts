import { expect } from "vitest";
import type { Article, Part, SeedQuote } from "../scenario.ts";
import type { AgentResult, ScriptedCall } from "../types.ts";

/** Customers that the emulator has from the start, each with a card that works. */
export const ALICE = "cus_demo_alice";
export const BOB = "cus_demo_bob";
export const CAROL = "cus_demo_carol";

/** Tries of one tool call: so many answers must be lost before the model hears of it. */
export const TRIES = 3;

/** $29 for June. */
export const JUNE = { customer_id: ALICE, amount_cents: 2900, billing_period: "2026-06" };

const NO_DETAILS = { currency: null, description: null, billing_period: null, reference: null };

/** A call of create_charge, with every field, as a strict provider makes the model write it. */
export function charge(input: Readonly<Record<string, unknown>>): ScriptedCall {
  return { tool: "create_charge", input: { ...NO_DETAILS, ...input } };
}

export function refund(chargeId: string, input: Readonly<Record<string, unknown>> = {}): ScriptedCall {
  return {
    tool: "create_refund",
    input: { charge_id: chargeId, amount_cents: null, reason: null, reference: null, ...input },
  };
}

export function lookUp(input: Readonly<Record<string, unknown>>): ScriptedCall {
  const fields = { amount_cents: null, billing_period: null, reference: null };
  return { tool: "check_existing_charge", input: { ...fields, ...input } };
}

export function retrieve(chargeId: string): ScriptedCall {
  return { tool: "retrieve_charge", input: { charge_id: chargeId } };
}

/** The first charge id in a text. */
export function chargeIdIn(text: string | undefined): string {
  const [id] = /\bch_[A-Za-z0-9_]+/.exec(text ?? "") ?? [];
  if (id === undefined) throw new Error(`no charge id in: ${text}`);
  return id;
}

export function quote(article: Article, part: Part, sentence: string): SeedQuote {
  return { article, part, sentence };
}

/** The run came to its end by itself. */
export function expectDone(result: AgentResult): void {
  expect(result.ended, `ended by ${String(result.error)}`).toBe("done");
}

/** What a model obeys: why, and that it must stop. */
export function expectStop(text: string | undefined, why: RegExp): void {
  expect(text).toMatch(why);
  expect(text).toMatch(/\bstop\b/i);
}
