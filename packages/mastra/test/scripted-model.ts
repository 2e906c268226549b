import { createScript, type Script, type ScriptedReply, type ScriptedTurn } from "@keybrake/contract";
import type { MastraModelConfig } from "@mastra/core/llm";
import { MastraLanguageModelV2Mock } from "@mastra/core/test-utils/llm-mock";

type Prompt = MastraLanguageModelV2Mock["doStreamCalls"][number]["prompt"];

type StreamPart =
  Awaited<ReturnType<MastraLanguageModelV2Mock["doStream"]>>["stream"] extends ReadableStream<infer PART>
    ? PART
    : never;

const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };

/** What the model is shown of its tool calls, in order. */
function toolTextsOf(prompt: Prompt): string[] {
  const results = prompt.flatMap((message) => (message.role === "tool" ? message.content : []));
  return results.map(({ output }) =>
    output.type === "text" || output.type === "error-text" ? output.value : JSON.stringify(output.value),
  );
}

function contentOf(reply: ScriptedReply, step: string) {
  if (typeof reply === "string") return [{ type: "text" as const, text: reply }];
  return reply.map(({ tool, input }, index) => ({
    type: "tool-call" as const,
    toolCallId: `${step}_${index}`,
    toolName: tool,
    input: typeof input === "string" ? input : JSON.stringify(input),
  }));
}

/**
 * A model that says what the script says: a text, or tool calls. Fails when asked for more. Of two calls with one id
 * Mastra keeps the later in both places, so models that speak in one conversation need names of their own.
 */
export function scriptedModel(turns: readonly ScriptedTurn[] | Script, name = "call"): MastraModelConfig {
  const script = "next" in turns ? turns : createScript(turns);
  const answer = async (prompt: Prompt) => {
    const reply = await script.next(toolTextsOf(prompt));
    const finishReason = typeof reply === "string" ? ("stop" as const) : ("tool-calls" as const);
    return { content: contentOf(reply, `${name}_${script.calls}`), finishReason, usage, warnings: [] };
  };
  const model = new MastraLanguageModelV2Mock({
    doGenerate: async ({ prompt }) => answer(prompt),
    doStream: async ({ prompt }) => {
      const { content, finishReason } = await answer(prompt);
      const parts = content.flatMap((part): StreamPart[] =>
        part.type === "tool-call"
          ? [part]
          : [
              { type: "text-start", id: "t" },
              { type: "text-delta", id: "t", delta: part.text },
              { type: "text-end", id: "t" },
            ],
      );
      const stream = new ReadableStream<StreamPart>({
        start: (controller) => {
          controller.enqueue({ type: "stream-start", warnings: [] });
          for (const part of parts) controller.enqueue(part);
          controller.enqueue({ type: "finish", finishReason, usage });
          controller.close();
        },
      });
      return { stream };
    },
  });
  // Mastra's types do not fit its own test model under `exactOptionalPropertyTypes`.
  return model as unknown as MastraModelConfig;
}
