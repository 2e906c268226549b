import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Step } from "../steps.ts";

const call = (key: number, asked: AgentCall["call"], weather: AgentCall["weather"] = "fair"): Step => ({
  step: "call",
  asked: { key, call: asked, header: "own", weather },
});

// Counted once, and by the key that confirmed it: programs say that it is its maker's, who had not heard of it.
test.fails("an unknown intent, confirmed by another key, counts for the key that made it", async () => {
  const { violation } = await runProgram([
    call(0, { do: "intent", amount: 1900, currency: "usd", method: "none", manual: false }, "lost_after"),
    call(1, { do: "confirm_intent", nth: 0, method: "visa" }),
    { step: "again", nth: 0, key: null, weather: "fair" },
    call(0, { do: "charge", amount: 2300, currency: "usd", declined: false, capture: true }),
  ]);
  expect(violation).toBeNull();
});
