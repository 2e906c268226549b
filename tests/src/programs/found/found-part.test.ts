import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";

// What the reconciler found of a subscription's payment was counted anew when its call was asked again days later.
test("a capture that the reconciler found is not at stake again when its answer comes days later", async () => {
  const intent = { do: "intent", currency: "usd", manual: false } as const;
  const { violation } = await runProgram([
    { step: "company", makes: "subscription", amount: 1370 },
    {
      step: "call",
      asked: {
        key: 7,
        call: { do: "capture_charge", nth: 463, amount: null },
        header: "own",
        weather: "lost_after",
      },
    },
    {
      step: "call",
      asked: {
        key: 6,
        call: { ...intent, amount: 1458, method: "challenge" },
        header: "own",
        weather: "fair",
      },
    },
    { step: "reconcile" },
    { step: "wait", ms: 259_241_395 },
    {
      step: "call",
      asked: { key: 7, call: { ...intent, amount: 1193, method: "bank" }, header: "own", weather: "fair" },
    },
  ]);
  expect(violation).toBeNull();
});
