import type { World } from "./world.ts";

/** The five articles whose failure modes the scenarios show, by a short name. */
export const ARTICLES = {
  "openai-swarm": "OpenAI Swarm Stripe Integration: Restricted API Keys, Spend Caps, and Agent Governance",
  autogen: "AutoGen Stripe Agent: Restricted API Keys, Spend Caps, and Multi-Agent Governance",
  dspy: "DSPy Stripe Integration: Restricted API Keys, Spend Caps, and Agent Governance",
  llamaindex: "LlamaIndex Stripe Integration: Restricted API Keys, Spend Caps, and Agent Governance",
  "semantic-kernel": "Semantic Kernel Stripe Plugin: Restricted API Keys, Spend Caps, and Agent Governance",
} as const;

export type Article = keyof typeof ARTICLES;

/** Where an article says it. */
export const PARTS = {
  failure: "Failure modes",
  control: "Controls",
  gap: "Gaps",
  faq: "Questions",
} as const;

export type Part = keyof typeof PARTS;

/** One sentence of an article, word for word. */
export interface SeedQuote {
  readonly article: Article;
  readonly part: Part;
  readonly sentence: string;
}

/** One thing that goes wrong with agents and money, and what must hold instead. */
export interface Scenario {
  /** `<subject>.<case>`; stable, since skip lists and documents name it. */
  readonly id: string;
  readonly title: string;
  /** The sentences it comes from; it shows that each of them is dealt with. */
  readonly seeds: readonly [SeedQuote, ...SeedQuote[]];
  /** What goes wrong with a raw Stripe key, in one sentence. */
  readonly rawKey: string;
  /** What Keybrake does, in one sentence. */
  readonly keybrake: string;
  /** Plays it with an adapter's agents and checks what the model saw, what Stripe executed and what was written down. */
  readonly run: (world: World) => Promise<void>;
}
