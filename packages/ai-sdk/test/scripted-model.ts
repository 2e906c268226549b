import { simulateReadableStream } from "ai";
import { MockLanguageModelV4 } from "ai/test";

/** A tool call that the model makes. */
export interface Call {
  readonly tool: string;
  readonly input: object;
}

type StreamPart =
  Awaited<ReturnType<MockLanguageModelV4["doStream"]>>["stream"] extends ReadableStream<infer PART>
    ? PART
    : never;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that says what the script says: a text, or tool calls with made-up ids. Fails when asked for more. */
export function scriptedModel(script: readonly (string | readonly Call[])[]): MockLanguageModelV4 {
  let step = 0;
  const next = () => {
    const said = script[step];
    step += 1;
    if (said === undefined) throw new Error("the script has ended");
    if (typeof said === "string")
      return { content: [{ type: "text" as const, text: said }], reason: "stop" as const };
    const content = said.map(({ tool, input }, index) => ({
      type: "tool-call" as const,
      toolCallId: `call_${step}_${index}`,
      toolName: tool,
      input: JSON.stringify(input),
    }));
    return { content, reason: "tool-calls" as const };
  };
  return new MockLanguageModelV4({
    doGenerate: async () => {
      const { content, reason } = next();
      return { content, finishReason: { unified: reason, raw: reason }, usage, warnings: [] };
    },
    doStream: async () => {
      const { content, reason } = next();
      const parts = content.flatMap((part): StreamPart[] =>
        part.type === "tool-call"
          ? [part]
          : [
              { type: "text-start" as const, id: "t" },
              { type: "text-delta" as const, id: "t", delta: part.text },
              { type: "text-end" as const, id: "t" },
            ],
      );
      const finish = { type: "finish" as const, finishReason: { unified: reason, raw: reason }, usage };
      const stream = simulateReadableStream<StreamPart>({
        chunks: [{ type: "stream-start" as const, warnings: [] }, ...parts, finish],
        initialDelayInMs: null,
        chunkDelayInMs: null,
      });
      return { stream };
    },
  });
}

/** What the model was told of its tool calls, in order: the `output` of every tool result of its last prompt. */
export function toolMessages(model: MockLanguageModelV4): unknown[] {
  const prompt = model.doGenerateCalls.at(-1)?.prompt ?? [];
  return prompt.flatMap((message) =>
    message.role === "tool"
      ? message.content.flatMap((part) => (part.type === "tool-result" ? [part.output] : []))
      : [],
  );
}
