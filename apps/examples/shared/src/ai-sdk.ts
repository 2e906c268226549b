import { type LanguageModel, simulateReadableStream } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import type { ModelChoice } from "./model-choice.ts";
import type { Script } from "./script.ts";

type GenerateResult = Awaited<ReturnType<MockLanguageModelV4["doGenerate"]>>;
type StreamResult = Awaited<ReturnType<MockLanguageModelV4["doStream"]>>;
type StreamPart = StreamResult["stream"] extends ReadableStream<infer PART> ? PART : never;
type Prompt = MockLanguageModelV4["doGenerateCalls"][number]["prompt"];

const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

function resultsIn(prompt: Prompt): string[] {
  return prompt
    .flatMap((message) => (message.role === "tool" ? message.content : []))
    .map((part) => JSON.stringify(part));
}

/** The text of the last message of the user. */
function taskIn(prompt: Prompt): string {
  const task = prompt.findLast((message) => message.role === "user");
  return (task?.content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** A stand-in for a model, by the AI SDK's own test utility. What comes after it (loop, tools, proxy) is real. */
function scriptedModel(script: Script): MockLanguageModelV4 {
  const answer = (prompt: Prompt): Pick<GenerateResult, "content" | "finishReason"> => {
    const reply = script(resultsIn(prompt), taskIn(prompt));
    if (typeof reply === "string") {
      return { content: [{ type: "text", text: reply }], finishReason: { unified: "stop", raw: "stop" } };
    }
    const content = reply.map(({ tool, input }, index) => ({
      type: "tool-call" as const,
      toolCallId: `call_${prompt.length}_${index}`,
      toolName: tool,
      input: JSON.stringify(input),
    }));
    return { content, finishReason: { unified: "tool-calls", raw: "tool-calls" } };
  };
  return new MockLanguageModelV4({
    modelId: "scripted",
    doGenerate: async ({ prompt }) => ({ ...answer(prompt), usage, warnings: [] }),
    doStream: async ({ prompt }) => {
      const { content, finishReason } = answer(prompt);
      const parts = content.flatMap((part): StreamPart[] => {
        if (part.type !== "text") return part.type === "tool-call" ? [part] : [];
        const delta = { type: "text-delta" as const, id: "text", delta: part.text };
        return [{ type: "text-start", id: "text" }, delta, { type: "text-end", id: "text" }];
      });
      const chunks: StreamPart[] = [
        { type: "stream-start", warnings: [] },
        ...parts,
        { type: "finish", finishReason, usage },
      ];
      return { stream: simulateReadableStream({ chunks }) };
    },
  });
}

/** The model that was asked for (needs its API key in the environment, and costs tokens), or the stand-in. */
export async function chooseModel(choice: ModelChoice | null, script: Script): Promise<LanguageModel> {
  if (choice === null) return scriptedModel(script);
  if (choice.provider === "openai") return (await import("@ai-sdk/openai")).openai(choice.name);
  return (await import("@ai-sdk/anthropic")).anthropic(choice.name);
}
