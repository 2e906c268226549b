import { createScript, type ModelChoice, type Turn } from "@keybrake/example-shared";
import type { Model, ModelRequest } from "@openai/agents-core";
import { assistantMessage, functionCall, modelResponder, ScriptedModel } from "@openai/agents-core/testing";

function resultsIn(input: ModelRequest["input"]): string[] {
  const items = typeof input === "string" ? [] : input;
  return items
    .filter((item) => item.type === "function_call_result")
    .map(({ output }) => JSON.stringify(output));
}

/** A stand-in for a model, by the SDK's own test utility. What comes after it (runner, tools, proxy) is real. */
function scriptedModel(turns: readonly Turn[]): Model {
  const script = createScript(turns);
  return new ScriptedModel(
    turns.map(() =>
      modelResponder(({ index, request }) => {
        const reply = script(resultsIn(request.input));
        if (typeof reply === "string") return [assistantMessage(reply)];
        return reply.map(({ tool, input }, at) =>
          functionCall(tool, { ...input }, { callId: `call_${index}_${at}` }),
        );
      }),
    ),
  );
}

/** The model that was asked for (needs OPENAI_API_KEY in the environment, and costs tokens), or the stand-in. */
export async function chooseModel(
  choice: ModelChoice<"openai"> | null,
  turns: readonly Turn[],
): Promise<Model> {
  if (choice === null) return scriptedModel(turns);
  const { OpenAIProvider } = await import("@openai/agents-openai");
  return new OpenAIProvider().getModel(choice.name);
}
