import { parseArgs } from "node:util";

const PROVIDERS = {
  openai: { apiKey: "OPENAI_API_KEY", name: "gpt-5-mini" },
  anthropic: { apiKey: "ANTHROPIC_API_KEY", name: "claude-sonnet-4-5" },
} as const;

export type Provider = keyof typeof PROVIDERS;

/** A real model of a provider. */
export interface ModelChoice<P extends Provider = Provider> {
  readonly provider: P;
  readonly name: string;
}

/**
 * The `--model provider[:name]` of the command line; null when there is none, so that the scripted stand-in plays.
 * Throws when this example has no such provider, or its API key is not in the environment.
 */
export function readModelChoice<P extends Provider>(
  providers: readonly P[],
  { argv, env }: { readonly argv: readonly string[]; readonly env: NodeJS.ProcessEnv },
): ModelChoice<P> | null {
  const { values } = parseArgs({ args: [...argv], options: { model: { type: "string" } } });
  if (values.model === undefined) return null;
  const [wanted, name] = values.model.split(":", 2);
  const provider = providers.find((known) => known === wanted);
  if (provider === undefined) throw new Error(`--model must be ${providers.join(" or ")}, or one with :name`);
  const { apiKey, name: usual } = PROVIDERS[provider];
  if (!env[apiKey]) throw new Error(`--model ${provider} needs ${apiKey} in the environment`);
  return { provider, name: name || usual };
}
