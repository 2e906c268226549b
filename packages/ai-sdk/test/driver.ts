import {
  type AdapterUnderTest,
  type AgentRequest,
  type AgentResult,
  type AgentSpec,
  createScript,
  transferTool,
} from "@keybrake/contract";
import { hasToolCall, isStepCount, type ModelMessage, ToolLoopAgent, type ToolSet, tool } from "ai";
import { z } from "zod";
import { fromToolset } from "../src/index.ts";
import { scriptedModel } from "./scripted-model.ts";

function toolsOf({ toolsets, handsOverTo = [] }: AgentSpec): ToolSet {
  const tools: ToolSet = Object.assign({}, ...toolsets.map((toolset) => fromToolset(toolset)));
  for (const name of handsOverTo) {
    tools[transferTool(name)] = tool({
      description: `Hands the conversation over to ${name}.`,
      inputSchema: z.object({}),
      execute: async () => "Transferred.",
    });
  }
  return tools;
}

/** The AI SDK's own `ToolLoopAgent`; a hand-off ends one agent's loop and begins the next with its messages. */
export const aiSdk: AdapterUnderTest = {
  name: "ai-sdk",
  makeAgent: (specs) => {
    const agents = specs.map((spec) => {
      const script = createScript(spec.turns);
      return { spec, script, model: scriptedModel(script), tools: toolsOf(spec) };
    });
    type Agent = (typeof agents)[number];
    const modelCallsOf = () => agents.reduce((sum, { script }) => sum + script.calls, 0);

    /** One agent's loop, to its end, its last turn or its hand-off. */
    async function loop(
      { spec, model, tools }: Agent,
      request: AgentRequest,
      messages: ModelMessage[],
      turns: number,
    ) {
      const transfers = (spec.handsOverTo ?? []).map((name) => hasToolCall(transferTool(name)));
      const stopWhen = [isStepCount(turns), ...transfers];
      const agent = new ToolLoopAgent({ model, tools, stopWhen, maxRetries: 0 });
      const call = { messages, ...(request.signal === undefined ? {} : { abortSignal: request.signal }) };
      if (request.stream !== true) return agent.generate(call);
      const result = await agent.stream(call);
      for await (const part of result.fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type === "abort") throw new DOMException("aborted", "AbortError");
      }
      const [text, steps, finishReason, responseMessages] = await Promise.all([
        result.text,
        result.steps,
        result.finishReason,
        result.responseMessages,
      ]);
      return { text, steps, finishReason, responseMessages };
    }

    async function run(request: AgentRequest): Promise<AgentResult> {
      const callsBefore = modelCallsOf();
      const messages: ModelMessage[] = [
        ...((request.history as readonly ModelMessage[] | undefined) ?? []),
        { role: "user", content: request.prompt },
      ];
      const traces: unknown[] = [messages, agents.map(({ model, tools }) => [model, tools])];
      let active = agents[0];
      const end = (ended: AgentResult["ended"], text = "", error?: unknown): AgentResult => {
        const modelCalls = modelCallsOf() - callsBefore;
        const toolTexts = active?.script.shown ?? [];
        return { toolTexts, text, ended, modelCalls, error, history: messages, traces };
      };
      try {
        while (active !== undefined) {
          const turnsLeft = (request.maxTurns ?? 20) - (modelCallsOf() - callsBefore);
          if (turnsLeft <= 0) return end("max_turns");
          const result = await loop(active, request, messages, turnsLeft);
          traces.push(result);
          messages.push(...result.responseMessages);
          const called = result.steps.at(-1)?.toolCalls.map(({ toolName }) => toolName) ?? [];
          const next = agents.find(({ spec }) => called.includes(transferTool(spec.name)));
          if (next === undefined)
            return end(result.finishReason === "tool-calls" ? "max_turns" : "done", result.text);
          active = next;
        }
        throw new Error("no agent");
      } catch (error) {
        return end(request.signal?.aborted === true ? "aborted" : "failed", "", error);
      }
    }
    return { run };
  },
};
