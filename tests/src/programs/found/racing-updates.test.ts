import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall } from "../steps.ts";

const update = (amount: number): AgentCall => ({
  key: 1,
  call: { do: "update_intent", nth: 0, amount },
  header: "own",
  weather: "fair",
});

// Each update was once priced against what the intent had counted before any of them, and all of them were posted.
test("updates of one intent at once count its highest amount once", async () => {
  const { violation } = await runProgram([
    {
      step: "call",
      asked: {
        key: 1,
        call: { do: "intent", amount: 500, currency: "usd", method: "none", manual: false },
        header: "own",
        weather: "fair",
      },
    },
    { step: "together", asked: [1100, 1000, 1200, 900].map(update) },
  ]);
  expect(violation).toBeNull();
});
