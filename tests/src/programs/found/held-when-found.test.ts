import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Step } from "../steps.ts";

const HOUR_MS = 3_600_000;

const intent = (weather: AgentCall["weather"]): Step => ({
  step: "call",
  asked: {
    key: 5,
    call: { do: "intent", amount: 2300, currency: "usd", method: "none", manual: false },
    header: "own",
    weather,
  },
});

// The reconciler posted it: it left the window a day later, and could be paid after that beside a second one.
test("under hold, an unpaid intent of a lost answer stays held when it is found", async () => {
  const { violation, answers, events } = await runProgram([
    intent("lost_after"),
    { step: "wait", ms: HOUR_MS },
    { step: "reconcile" },
    { step: "wait", ms: 25 * HOUR_MS },
    intent("fair"),
  ]);
  expect(violation).toBeNull();
  expect(answers.get("paymentIntents.create 429 spend_cap_exceeded")).toBe(1);
  expect(events.get("unknown call: waiting")).toBe(1);
});
