import { expect, test } from "vitest";
import { runProgram } from "../run-program.ts";
import type { AgentCall, Step } from "../steps.ts";

const call = (key: number, asked: AgentCall["call"], weather: AgentCall["weather"] = "fair"): Step => ({
  step: "call",
  asked: { key, call: asked, header: "own", weather },
});

// The reconciler found the charge captured, as it had been all along, and posted all of it for a call that had asked for
// a dollar of it, and moved nothing.
test("a capture that nobody heard of, of what was captured before, posts nothing", async () => {
  const { violation } = await runProgram([
    call(1, { do: "page", amount: 2000 }),
    { step: "payer", pays: "page", nth: 0, declined: false },
    call(2, { do: "charge", amount: 2300, currency: "usd", declined: false, capture: true }),
    call(2, { do: "capture_charge", nth: 0, amount: 100 }, "lost_before"),
  ]);
  expect(violation).toBeNull();
});
