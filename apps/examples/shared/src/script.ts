/** A tool call that a model makes. */
export interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What a model answers: its last words, or tool calls. */
export type Reply = string | readonly Call[];

/** One answer of a scripted model, given the texts of all tool results that it was shown, oldest first. */
export type Turn = (results: readonly string[]) => Reply;

/** A scripted model: its answer to what it was shown and, where several agents share it, to its task. */
export type Script = (results: readonly string[], task: string) => Reply;

/** Answers that are given one after the other. Throws when asked for more than there are. */
export function createScript(turns: readonly Turn[]): Turn {
  const left = turns.values();
  return (results) => {
    const { value: turn } = left.next();
    if (turn === undefined) throw new Error("the script has ended");
    return turn(results);
  };
}
