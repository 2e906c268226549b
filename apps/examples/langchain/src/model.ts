import { createScript, type ModelChoice, type Turn } from "@keybrake/example-shared";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, ToolMessage } from "@langchain/core/messages";
import { fakeModel } from "@langchain/core/testing";

/** A stand-in for a model, by LangChain's own test utility. What comes after it (graph, tools, proxy) is real. */
function scriptedModel(turns: readonly Turn[]): BaseChatModel {
  const script = createScript(turns);
  return turns.reduce(
    (model, _turn, number) =>
      model.respond((messages) => {
        const results = messages.filter((message) => ToolMessage.isInstance(message)).map(({ text }) => text);
        const reply = script(results);
        if (typeof reply === "string") return new AIMessage(reply);
        const calls = reply.map(({ tool, input }, index) => ({
          name: tool,
          args: { ...input },
          id: `call_${number}_${index}`,
        }));
        return new AIMessage({ content: "", tool_calls: calls });
      }),
    fakeModel(),
  );
}

/** The model that was asked for (needs its API key in the environment, and costs tokens), or the stand-in. */
export async function chooseModel(
  choice: ModelChoice | null,
  turns: readonly Turn[],
): Promise<BaseChatModel> {
  if (choice === null) return scriptedModel(turns);
  const model = choice.name;
  if (choice.provider === "openai") return new (await import("@langchain/openai")).ChatOpenAI({ model });
  return new (await import("@langchain/anthropic")).ChatAnthropic({ model });
}
