import { createScript, type ModelChoice, type Turn } from "@keybrake/example-shared";
import { chooseModel as chooseAiSdkModel } from "@keybrake/example-shared/ai-sdk";
import type { MastraModelConfig } from "@mastra/core/llm";

/** A sub-agent is shown its task alone. One stand-in plays all agents: it knows what it read in another's place. */
function withMemory(turns: readonly Turn[]): readonly Turn[] {
  const read: string[] = [];
  return turns.map((turn) => (results) => {
    read.push(...results);
    return turn(read);
  });
}

/** Mastra takes the AI SDK's models, and so its stand-in for one. */
export async function chooseModel(
  choice: ModelChoice | null,
  turns: readonly Turn[],
): Promise<MastraModelConfig> {
  // The AI SDK's type names models of version 2 too, in a form that Mastra's does not have.
  return (await chooseAiSdkModel(choice, createScript(withMemory(turns)))) as MastraModelConfig;
}
