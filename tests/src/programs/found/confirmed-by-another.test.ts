import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Step } from "../steps.ts";

const call = (key: number, asked: AgentCall["call"], weather: AgentCall["weather"] = "fair"): Step => ({
  step: "call",
  asked: { key, call: asked, header: "own", weather },
});

// What nobody has heard of is counted once, for whose call about it is answered first: here for the key that confirmed
// it, whose budgets let all of it pass. Its maker's hold, which stood until then, is free again.
test("an unknown intent, confirmed by another key, counts for the key that confirmed it", async () => {
  const { violation } = await runProgram([
    call(0, { do: "intent", amount: 1900, currency: "usd", method: "none", manual: false }, "lost_after"),
    call(1, { do: "confirm_intent", nth: 0, method: "visa" }),
    { step: "again", nth: 0, key: null, weather: "fair" },
    call(0, { do: "charge", amount: 2300, currency: "usd", declined: false, capture: true }),
  ]);
  expect(violation).toBeNull();
});
