import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Weather } from "../steps.ts";

const asked = (call: AgentCall["call"], weather: Weather): AgentCall => ({
  key: 0,
  call,
  header: "own",
  weather,
});

// The charge of an intent was counted as an object of its own: once more than its intent.
test.each<[Weather, Weather]>([
  ["fair", "fair"],
  ["lost_before", "fair"],
  ["lost_before", "lost_after"],
  ["lost_after", "lost_after"],
  ["rate_limited", "lost_before"],
])("an intent captured (%s), and its charge (%s), counts once", async (first, second) => {
  const { violation } = await runProgram([
    {
      step: "call",
      asked: asked({ do: "intent", amount: 1500, currency: "usd", method: "visa", manual: true }, "fair"),
    },
    { step: "call", asked: asked({ do: "capture_intent", nth: 0, amount: null }, first) },
    { step: "call", asked: asked({ do: "capture_charge", nth: 0, amount: null }, second) },
  ]);
  expect(violation).toBeNull();
});
