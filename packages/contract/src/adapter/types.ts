import type { Toolset } from "@keybrake/core";

/** A tool call that the scripted model makes. */
export interface ScriptedCall {
  readonly tool: string;
  /** An object, or the raw text of arguments that are not JSON (for frameworks that parse them). */
  readonly input: Readonly<Record<string, unknown>> | string;
}

/** What the scripted model says: a final text, or the tool calls of one turn, made in parallel. */
export type ScriptedReply = string | readonly ScriptedCall[];

/** A reply, or a function that gives one: a scenario acts between turns here, or answers what it is shown. */
export type ScriptedTurn =
  | ScriptedReply
  | ((toolTexts: readonly string[]) => ScriptedReply | Promise<ScriptedReply>);

export interface AgentSpec {
  readonly name: string;
  /** The agent's tools: those of all these tool sets, and no others. */
  readonly toolsets: readonly Toolset[];
  /** The scripted model, one reply a call. It goes on where it was when the agent runs again. */
  readonly turns: readonly ScriptedTurn[];
  /**
   * Agents (by name) that this one can hand the conversation to. The driver offers one hand-off tool for each,
   * named `transferTool(name)`, without arguments, in the framework's own idiom.
   */
  readonly handsOverTo?: readonly string[] | undefined;
}

export interface AgentRequest {
  /** The user's message. */
  readonly prompt: string;
  /** Goes on with an earlier conversation: the `history` of a result of the same adapter. */
  readonly history?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Most model calls; 20 when absent. */
  readonly maxTurns?: number | undefined;
  /** Use the framework's streaming call and read the stream to its end. */
  readonly stream?: boolean | undefined;
}

export interface AgentResult {
  /**
   * What the model was shown, in the last prompt it got, for each tool call of the conversation, in order.
   * Answers of hand-off tools may be among them.
   */
  readonly toolTexts: readonly string[];
  /** The final text; empty when there is none. */
  readonly text: string;
  /** `failed`: the framework threw (or reported) something else than a turn limit or an abort. Never reject. */
  readonly ended: "done" | "max_turns" | "aborted" | "failed";
  /** Model calls of this run, over all agents. */
  readonly modelCalls: number;
  readonly error?: unknown;
  /** The conversation in the framework's own form, for `AgentRequest.history`. */
  readonly history: unknown;
  /**
   * Everything the framework keeps, shows or can serialise of the run: result, messages, prompts, run state,
   * the tools as the framework has them. Searched for vault keys.
   */
  readonly traces: readonly unknown[];
}

/** One agent (or several that hand over), made once; may run several times, one run after the other. */
export interface ScriptedAgent {
  readonly run: (request: AgentRequest) => Promise<AgentResult>;
}

export interface SkippedScenario {
  /** A scenario's id. */
  readonly scenario: string;
  /** Why the framework cannot show it: one sentence, printed. */
  readonly reason: string;
}

/** The driver of a framework. */
export interface AdapterUnderTest {
  /** The package's folder name: `ai-sdk`. */
  readonly name: string;
  /** Builds the agents on the framework's own loop with a scripted model. The first one is asked first. */
  readonly makeAgent: (agents: readonly [AgentSpec, ...AgentSpec[]]) => ScriptedAgent;
  readonly skip?: readonly SkippedScenario[] | undefined;
}

/** The name of the tool that hands over to an agent. */
export function transferTool(agent: string): string {
  return `transfer_to_${agent}`;
}
