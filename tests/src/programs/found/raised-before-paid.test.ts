import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";

// What the intent's maker had counted while it waited for its payer was taken off the raise's hold as well, when it was
// posted: nothing was held any more for the raise of which nobody had heard (seed 60057).
test("an intent that was raised by another key, unheard, and then paid", async () => {
  const { violation } = await runProgram([
    {
      step: "call",
      asked: {
        key: 6,
        call: { do: "intent", amount: 1263, currency: "eur", method: "challenge", manual: false },
        header: "own",
        weather: "fair",
      },
    },
    {
      step: "call",
      asked: {
        key: 7,
        call: { do: "update_intent", nth: 0, amount: 1519 },
        header: "fresh",
        weather: "foreign_after",
      },
    },
    { step: "payer", pays: "intent", nth: 0, declined: false },
    { step: "wait", ms: 9 * 24 * 3_600_000 },
  ]);
  expect(violation).toBeNull();
});
