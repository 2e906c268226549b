import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Step } from "../steps.ts";

const call = (key: number, asked: AgentCall["call"], weather: AgentCall["weather"] = "fair"): Step => ({
  step: "call",
  asked: { key, call: asked, header: "own", weather },
});

// What another key raises of an intent of which its maker has not heard counts for that key, and once in all.
test("an unknown intent, lowered by its key and raised by another", async () => {
  const { violation } = await runProgram([
    call(1, { do: "intent", amount: 2294, currency: "usd", method: "none", manual: false }, "lost_after"),
    call(1, { do: "update_intent", nth: 0, amount: 956 }),
    call(0, { do: "update_intent", nth: 0, amount: 2226 }),
    { step: "again", nth: 0, key: null, weather: "fair" },
    call(1, { do: "charge", amount: 2400, currency: "usd", declined: false, capture: true }),
    call(2, { do: "charge", amount: 2100, currency: "usd", declined: false, capture: true }),
  ]);
  expect(violation).toBeNull();
});
