import { expect, test } from "vitest";
import { failure } from "../failure.ts";
import type { Approval, Outcome } from "../outcome.ts";
import { cardFor, cardOf, executeAsking, noteCard } from "./card.ts";
import { createRun } from "./run.ts";

const INPUT = { customer_id: "cus_1", amount_cents: 6000 };
const WHOLE = { ...INPUT, currency: null, description: null, billing_period: null, reference: null };
const CALL = { tool: "create_charge", input: INPUT } as const;

const asked = (approval: Approval, code = "approval_required"): Outcome =>
  failure({ code, what: "A person is asked.", operation: "charges.create", write: true, approval });
const CARD = asked({ id: "apr_1", expires_at: "2026-06-01T00:00:00.000Z" });
const DONE: Outcome = {
  ...{ ok: true, operation: "charges.create", id: "ch_1", status: "succeeded", replayed: false },
  ...{ data: {}, message: "Done." },
};

test("only the proxy's own asking is a card, about the input as it is executed", () => {
  expect(cardOf(CARD, CALL)).toEqual({
    ...{ id: "apr_1", expires_at: "2026-06-01T00:00:00.000Z", tool: "create_charge", input: WHOLE },
    message: expect.stringContaining("Wait for a person"),
  });
  expect(cardOf(asked({ id: "apr_1" }), CALL)).not.toHaveProperty("expires_at");
  // The tool set's own `requireApproval`, Stripe's approval, a denial, and what was done.
  for (const other of [asked({ tool: "create_charge", input: WHOLE }), asked({}), DONE])
    expect(cardOf(other, CALL)).toBeNull();
  expect(cardOf(asked({ id: "apr_1" }, "approval_denied"), CALL)).toBeNull();
  expect(cardOf(CARD, { tool: "create_charge", input: { amount_cents: -1 } })).toBeNull();
});

test("a run knows which of its calls wait, by what is executed and not by how it is written", () => {
  const run = createRun();
  noteCard(run, CARD, CALL);
  expect(cardFor(run, "create_charge", WHOLE)).toMatchObject({ id: "apr_1" });
  for (const other of [{ ...INPUT, amount_cents: 6001 }, { ...INPUT, description: "x" }, null, "x"])
    expect(cardFor(run, "create_charge", other)).toBeNull();
  expect(cardFor(run, "create_payment_intent", INPUT)).toBeNull();
  expect(cardFor(createRun(), "create_charge", INPUT)).toBeNull();
  noteCard(run, DONE, { tool: "create_charge", input: { ...INPUT, reference: "other" } });
  expect(cardFor(run, "create_charge", INPUT)).not.toBeNull();
  noteCard(run, DONE, CALL);
  expect(cardFor(run, "create_charge", INPUT)).toBeNull();
});

test("a call is made again as often as whoever is asked comes back, and never after another answer", async () => {
  const answers = [CARD, CARD, DONE, CARD];
  const seen: unknown[] = [];
  const tool = {
    name: "create_charge" as const,
    execute: async (input: unknown) => {
      seen.push(input);
      return answers.shift() as Outcome;
    },
  };
  const call = { input: INPUT, context: {} };
  const cards: unknown[] = [];
  expect(await executeAsking(tool, call, (card) => cards.push(card.id))).toBe(DONE);
  expect([seen, cards]).toEqual([Array(3).fill(INPUT), ["apr_1", "apr_1"]]);
  const stop = new Error("stop");
  const throws = () => {
    throw stop;
  };
  await expect(executeAsking(tool, call, throws)).rejects.toBe(stop);
  answers.push(CARD);
  expect(await executeAsking(tool, call, undefined)).toBe(CARD);
});
