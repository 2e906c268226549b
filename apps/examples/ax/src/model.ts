import { type AxAIService, type AxChatResponse, AxMockAIService, ai } from "@ax-llm/ax";
import type { ModelChoice, Turn } from "@keybrake/example-shared";

/** A stand-in for a model, by Ax's own test utility. What comes after it (programs, functions, proxy) is real. */
function scriptedService(script: Turn): AxAIService {
  let calls = 0;
  return new AxMockAIService<string>({
    features: { functions: true, streaming: false },
    chatResponse: async ({ chatPrompt }): Promise<AxChatResponse> => {
      calls += 1;
      const results = chatPrompt.flatMap((message) => (message.role === "function" ? [message.result] : []));
      const reply = script(results);
      if (typeof reply === "string") {
        return { results: [{ index: 0, content: `Answer: ${reply}`, finishReason: "stop" }] };
      }
      const functionCalls = reply.map(({ tool, input }, at) => ({
        id: `call_${calls}_${at}`,
        type: "function" as const,
        function: { name: tool, params: JSON.stringify(input) },
      }));
      return { results: [{ index: 0, functionCalls, finishReason: "stop" }] };
    },
  });
}

/** The model that was asked for (needs its API key in the environment, and costs tokens), or the stand-in. */
export function chooseService(choice: ModelChoice | null, script: Turn): AxAIService {
  if (choice === null) return scriptedService(script);
  const { OPENAI_API_KEY = "", ANTHROPIC_API_KEY = "" } = process.env;
  // Ax's lists of model names are always behind what the providers have.
  const config = { model: choice.name as never };
  if (choice.provider === "openai") return ai({ name: "openai", apiKey: OPENAI_API_KEY, config });
  return ai({ name: "anthropic", apiKey: ANTHROPIC_API_KEY, config });
}
