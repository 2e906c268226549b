import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Step } from "../steps.ts";

const call = (key: number, asked: AgentCall["call"], weather: AgentCall["weather"] = "fair"): Step => ({
  step: "call",
  asked: { key, call: asked, header: "own", weather },
});

// The reconciler posted all that the intent had come to, beyond its maker's hold and cap; who had raised it held that.
test("an unknown intent that another key raised, and nobody heard of, passes no cap when it is found", async () => {
  const { violation } = await runProgram([
    call(8, { do: "charge", amount: 1487, currency: "usd", declined: false, capture: true }),
    call(8, { do: "intent", amount: 1164, currency: "usd", method: "none", manual: false }, "lost_after"),
    call(6, { do: "update_intent", nth: 0, amount: 1875 }, "lost_after"),
  ]);
  expect(violation).toBeNull();
});
