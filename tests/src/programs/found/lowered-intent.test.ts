import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { Weather } from "../steps.ts";

// The reconciler once counted what the intent had come to since, and not what it had been worth until then.
test.each<Weather>(["lost_after", "error_after"])(
  "an intent that was lowered before it was found (%s)",
  async (weather) => {
    const { violation } = await runProgram([
      {
        step: "call",
        asked: {
          key: 1,
          call: { do: "intent", amount: 1463, currency: "usd", method: "none", manual: false },
          header: "own",
          weather,
        },
      },
      {
        step: "call",
        asked: { key: 1, call: { do: "update_intent", nth: 0, amount: 458 }, header: "own", weather: "fair" },
      },
    ]);
    expect(violation).toBeNull();
  },
);
