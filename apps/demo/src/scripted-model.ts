import { MockLanguageModelV4 } from "ai/test";

/** One tool call of a scripted turn. */
export interface ScriptedCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What the model does in one turn: call tools, or say its last words. May do something first (a revocation). */
export type ScriptedTurn =
  | readonly ScriptedCall[]
  | string
  | (() => Promise<readonly ScriptedCall[] | string>);

/** Nullable inputs that a script leaves out; a real model sends null for them. */
const EMPTY_USAGE = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

/**
 * A stand-in for a language model: it plays its turns, whatever it is told. Everything after it (the AI SDK's
 * loop, the tools, the proxy) is real.
 */
export function scriptedModel(turns: readonly ScriptedTurn[]): MockLanguageModelV4 {
  let turn = 0;
  return new MockLanguageModelV4({
    modelId: "scripted",
    doGenerate: async () => {
      const next = turns[turn] ?? "Done.";
      turn += 1;
      const played = typeof next === "function" ? await next() : next;
      if (typeof played === "string") {
        return {
          content: [{ type: "text", text: played }],
          finishReason: { unified: "stop", raw: "stop" },
          usage: EMPTY_USAGE,
          warnings: [],
        };
      }
      return {
        content: played.map((call, index) => ({
          type: "tool-call" as const,
          toolCallId: `call-${turn}-${index}`,
          toolName: call.tool,
          input: JSON.stringify(call.input),
        })),
        finishReason: { unified: "tool-calls", raw: "tool_calls" },
        usage: EMPTY_USAGE,
        warnings: [],
      };
    },
  });
}
