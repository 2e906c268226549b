import type { ToolCall, ToolProbe } from "../tools/probe.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** What Keybrake costs inside one framework, in this process and without a network. */
export interface ToolFigures {
  readonly framework: string;
  /** Microseconds of one call, one after the other. */
  readonly keybrakeUs: Spread;
  readonly plainUs: Spread;
  /** The difference of the two, round by round. */
  readonly overheadUs: Spread;
  /** Microseconds to make the billing tools. */
  readonly createUs: Spread;
}

/** The frameworks of our adapters, each loaded when it is asked for: together they take seconds. */
export const PROBES: readonly (() => Promise<ToolProbe>)[] = [
  async () => (await import("../tools/ai-sdk.ts")).probeAiSdk(),
  async () => (await import("../tools/langchain.ts")).probeLangChain(),
  async () => (await import("../tools/llamaindex.ts")).probeLlamaIndex(),
  async () => (await import("../tools/openai-agents.ts")).probeOpenAiAgents(),
  async () => (await import("../tools/ax.ts")).probeAx(),
  async () => (await import("../tools/mastra.ts")).probeMastra(),
];

/** Microseconds per repetition. */
async function timeOf(repetitions: number, work: (index: number) => unknown): Promise<number> {
  const startedAt = performance.now();
  for (let index = 0; index < repetitions; index += 1) await work(index);
  return ((performance.now() - startedAt) * 1000) / repetitions;
}

/** `calls` of each kind in each round; one more round goes before, which does not count. */
export async function measureTools(
  probes: readonly ToolProbe[],
  { calls, rounds }: { readonly calls: number; readonly rounds: number },
): Promise<readonly ToolFigures[]> {
  const figures: ToolFigures[] = [];
  for (const { framework, createTools, callKeybrake, callPlain } of probes) {
    const keybrake: number[] = [];
    const plain: number[] = [];
    const create: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const timeCall = (call: ToolCall) => timeOf(calls, (index) => call(`order-${round}-${index}`));
      const times = [await timeCall(callKeybrake), await timeCall(callPlain)] as const;
      const created = await timeOf(calls / 10, createTools);
      if (round === 0) continue;
      keybrake.push(times[0]);
      plain.push(times[1]);
      create.push(created);
    }
    figures.push({
      framework,
      keybrakeUs: spreadOf(keybrake),
      plainUs: spreadOf(plain),
      overheadUs: spreadOf(keybrake.map((time, round) => time - (plain[round] ?? Number.NaN))),
      createUs: spreadOf(create),
    });
  }
  return figures;
}
