/** The load generator's process: takes one plan after another from its parent and answers with the figures. */
import { runClosedLoop } from "./closed-loop.ts";
import type { GeneratorMessage, RunPlan } from "./run-plan.ts";

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

process.on("message", async (plan: RunPlan) => {
  const figures = await runClosedLoop(plan, () => tell({ type: "began" }));
  tell({ type: "ended", figures });
});
