import type { LanguageModel } from "ai";

export type Provider = "openai" | "anthropic";

const DEFAULT_MODELS = { openai: "gpt-5-mini", anthropic: "claude-sonnet-4-5" } as const;
const KEYS = { openai: "OPENAI_API_KEY", anthropic: "ANTHROPIC_API_KEY" } as const;

/** The provider's model; `KEYBRAKE_DEMO_MODEL` names another than the usual one. Costs tokens when used. */
export async function realModel(provider: Provider, env: NodeJS.ProcessEnv): Promise<LanguageModel> {
  if (!env[KEYS[provider]]) throw new Error(`--model ${provider} needs ${KEYS[provider]} in the environment`);
  const name = env.KEYBRAKE_DEMO_MODEL ?? DEFAULT_MODELS[provider];
  if (provider === "openai") return (await import("@ai-sdk/openai")).openai(name);
  return (await import("@ai-sdk/anthropic")).anthropic(name);
}
