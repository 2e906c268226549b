import type { ScriptedReply, ScriptedTurn } from "./types.ts";

/** The scripted model of one agent, without a framework: a driver's model asks it what to say. */
export interface Script {
  /** What the model says, now that it is shown these tool texts. Throws when the script has ended. */
  readonly next: (toolTexts: readonly string[]) => Promise<ScriptedReply>;
  /** Times it was asked. */
  readonly calls: number;
  /** What it was shown the last time. */
  readonly shown: readonly string[];
}

/**
 * Turns an agent's list of turns into something that a framework's scripted model can ask.
 *
 * @example
 * const script = createScript(agent.turns);
 * const model = fakeModel(async (prompt) => toFrameworkMessage(await script.next(toolTextsOf(prompt))));
 */
export function createScript(turns: readonly ScriptedTurn[]): Script {
  let calls = 0;
  let shown: readonly string[] = [];
  return {
    next: async (toolTexts) => {
      const turn = turns[calls];
      calls += 1;
      shown = [...toolTexts];
      if (turn === undefined) throw new Error(`The script has ended: ${turns.length} turns.`);
      return typeof turn === "function" ? await turn(shown) : turn;
    },
    get calls() {
      return calls;
    },
    get shown() {
      return shown;
    },
  };
}
