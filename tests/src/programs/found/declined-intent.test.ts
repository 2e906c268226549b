import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";

// A declined intent stays payable by whoever has its client_secret, and nothing was counted for it once.
test("a declined intent counts", async () => {
  const { violation } = await runProgram([
    {
      step: "call",
      asked: {
        key: 0,
        call: { do: "intent", amount: 1127, currency: "usd", method: "declined", manual: false },
        header: "own",
        weather: "fair",
      },
    },
  ]);
  expect(violation).toBeNull();
});
