import type { AgentCall, Program, Step } from "./steps.ts";

/**
 * What programs leave out until it is mended: each has a failing test in `found/`. The list only shrinks; when it is
 * empty, this file goes.
 */
export function leaveOut(program: Program): Program {
  return program.map(tamed);
}

function tamed(step: Step): Step {
  switch (step.step) {
    case "call":
      return { ...step, asked: tamedCall(step.asked) };
    case "together":
      return { ...step, asked: step.asked.map(tamedCall) };
    default:
      return step;
  }
}

function tamedCall(asked: AgentCall): AgentCall {
  // An intent's charge that is captured while nobody knows the outcome of the intent's own capture counts again.
  const weather = asked.call.do === "capture_charge" ? "fair" : asked.weather;
  return { ...asked, weather };
}
