import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";

// Found unpaid, it was held; found cancelled, it was taken for never made, and its act made another (seed 53155).
test("an intent of a lost answer that was found, and cancelled since, is not made again", async () => {
  const { violation, answers } = await runProgram([
    {
      step: "call",
      asked: {
        key: 5,
        call: { do: "intent", amount: 1494, currency: "eur", method: "challenge", manual: true },
        header: "run",
        weather: "lost_after",
      },
    },
    { step: "reconcile" },
    {
      step: "call",
      asked: { key: 3, call: { do: "cancel_intent", nth: 0 }, header: "own", weather: "fair" },
    },
  ]);
  expect(violation).toBeNull();
  expect(answers.get("paymentIntents.cancel 200")).toBe(1);
});
