import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Step } from "../steps.ts";

const call = (key: number, asked: AgentCall["call"], weather: AgentCall["weather"] = "fair"): Step => ({
  step: "call",
  asked: { key, call: asked, header: "own", weather },
});

// Cancelled, the intent's hold is given back; the cancelling, of which nobody heard, was then found to have let go of all
// that had been authorised, and posted it without a hold.
test("an authorised intent that was held until it was paid, and whose cancelling was lost, passes no cap", async () => {
  const { violation } = await runProgram([
    call(6, { do: "intent", amount: 1400, currency: "usd", method: "visa", manual: true }),
    call(2, { do: "cancel_intent", nth: 0 }, "lost_after"),
    call(2, { do: "charge", amount: 2300, currency: "usd", declined: false, capture: true }),
  ]);
  expect(violation).toBeNull();
});
