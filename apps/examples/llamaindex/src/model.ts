import type { ModelChoice, Turn } from "@keybrake/example-shared";
import { type ChatMessage, type ChatResponseChunk, ToolCallLLM } from "@llamaindex/core/llms";
import { OpenAI } from "@llamaindex/openai";

/** A stand-in for a model: LlamaIndex's own mock knows no script. What comes after it (workflow, tools, proxy) is real. */
class ScriptedLLM extends ToolCallLLM {
  override readonly supportToolCall = true;
  override readonly metadata = {
    model: "scripted",
    temperature: 0,
    topP: 1,
    contextWindow: 100_000,
    tokenizer: undefined,
    structuredOutput: false,
  };
  readonly #script: Turn;

  constructor(script: Turn) {
    super();
    this.#script = script;
  }

  // The base class has one signature for streams and one for answers; the workflow only streams.
  override async chat({ messages }: { messages: ChatMessage<object>[] }): Promise<never> {
    const results = messages.filter(({ options }) => options !== undefined && "toolResult" in options);
    const reply = this.#script(results.map(({ content }) => String(content)));
    const calls = typeof reply === "string" ? [] : reply;
    const toolCall = calls.map(({ tool, input }, index) => ({
      name: tool,
      input,
      id: `call_${messages.length}_${index}`,
    }));
    const delta = typeof reply === "string" ? reply : "";
    async function* stream(): AsyncGenerator<ChatResponseChunk<object>> {
      yield { delta, raw: {}, options: toolCall.length === 0 ? {} : { toolCall } };
    }
    return stream() as never;
  }
}

/** The model that was asked for (needs OPENAI_API_KEY in the environment, and costs tokens), or the stand-in. */
export function chooseModel(choice: ModelChoice<"openai"> | null, script: Turn): ToolCallLLM {
  return choice === null ? new ScriptedLLM(script) : new OpenAI({ model: choice.name });
}
