import { createScript, type Script, type ScriptedCall, type ScriptedReply } from "@keybrake/contract";
import { simulateReadableStream } from "ai";
import { MockLanguageModelV4 } from "ai/test";

/** A tool call that the model makes. */
export type Call = ScriptedCall;

type Prompt = MockLanguageModelV4["doGenerateCalls"][number]["prompt"];

type StreamPart =
  Awaited<ReturnType<MockLanguageModelV4["doStream"]>>["stream"] extends ReadableStream<infer PART>
    ? PART
    : never;

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** The `output` of every tool result of a prompt, in order. */
function toolOutputs(prompt: Prompt) {
  return prompt.flatMap((message) =>
    message.role === "tool"
      ? message.content.flatMap((part) => (part.type === "tool-result" ? [part.output] : []))
      : [],
  );
}

function toolTexts(prompt: Prompt): string[] {
  return toolOutputs(prompt).map((output) =>
    output.type === "text" || output.type === "error-text" ? output.value : JSON.stringify(output),
  );
}

function partsOf(reply: ScriptedReply, step: number) {
  if (typeof reply === "string")
    return { content: [{ type: "text" as const, text: reply }], reason: "stop" as const };
  const content = reply.map(({ tool, input }, index) => ({
    type: "tool-call" as const,
    toolCallId: `call_${step}_${index}`,
    toolName: tool,
    input: typeof input === "string" ? input : JSON.stringify(input),
  }));
  return { content, reason: "tool-calls" as const };
}

/** A model that says what the script says: a text, or tool calls with made-up ids. Fails when asked for more. */
export function scriptedModel(turns: readonly ScriptedReply[] | Script): MockLanguageModelV4 {
  const script = "next" in turns ? turns : createScript(turns);
  const next = async (prompt: Prompt) => partsOf(await script.next(toolTexts(prompt)), script.calls);
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt }) => {
      const { content, reason } = await next(prompt);
      return { content, finishReason: { unified: reason, raw: reason }, usage, warnings: [] };
    },
    doStream: async ({ prompt }) => {
      const { content, reason } = await next(prompt);
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
  return toolOutputs(model.doGenerateCalls.at(-1)?.prompt ?? []);
}
