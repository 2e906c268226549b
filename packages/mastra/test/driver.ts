import {
  type AdapterUnderTest,
  type AgentRequest,
  type AgentResult,
  type AgentSpec,
  createScript,
  transferTool,
} from "@keybrake/contract";
import { Agent } from "@mastra/core/agent";
import type { MessageListInput } from "@mastra/core/agent/message-list";
import { createTool } from "@mastra/core/tools";
import { fromToolset } from "../src/index.ts";
import { scriptedModel } from "./scripted-model.ts";

function buildAgent({ name, toolsets, turns, handsOverTo = [] }: AgentSpec) {
  const script = createScript(turns);
  const model = scriptedModel(script, name);
  const transfers = handsOverTo.map((other) => {
    const id = transferTool(other);
    const execute = async () => "Transferred.";
    return [id, createTool({ id, description: `Hands the conversation over to ${other}.`, execute })];
  });
  const tools = Object.assign(
    {},
    ...toolsets.map((toolset) => fromToolset(toolset)),
    Object.fromEntries(transfers),
  );
  const agent = new Agent({ id: name, name, instructions: "Do what is asked.", model, tools, maxRetries: 0 });
  return { name, script, model, tools, agent };
}

/** Its steps are the AI SDK's, unlike those of a result. */
function hasHandedOver({
  steps,
}: {
  readonly steps: readonly { readonly toolCalls: readonly { toolName: string }[] }[];
}) {
  return steps.at(-1)?.toolCalls.some(({ toolName }) => toolName.startsWith(transferTool(""))) === true;
}

/** Mastra's own `Agent`; a hand-off ends one agent's loop and begins the next with its messages. */
export const mastra: AdapterUnderTest = {
  name: "mastra",
  skip: [
    {
      scenario: "audit.turn",
      reason:
        "Mastra shows a tool the messages from before the run, and not which step of the run called it.",
    },
  ],
  makeAgent: (specs) => {
    const agents = specs.map(buildAgent);
    type Built = (typeof agents)[number];
    const modelCallsOf = () => agents.reduce((sum, { script }) => sum + script.calls, 0);

    /** One agent's loop, to its end, its last turn or its hand-off. */
    async function loop(
      { agent }: Built,
      request: AgentRequest,
      messages: MessageListInput,
      maxSteps: number,
    ) {
      const options = {
        maxSteps,
        stopWhen: hasHandedOver,
        ...(request.signal === undefined ? {} : { abortSignal: request.signal }),
      };
      if (request.stream !== true) return await agent.generate(messages, options);
      const streamed = await agent.stream(messages, options);
      for await (const _chunk of streamed.fullStream);
      return await streamed.getFullOutput();
    }

    async function run(request: AgentRequest): Promise<AgentResult> {
      const callsBefore = modelCallsOf();
      let messages: MessageListInput = [
        ...((request.history as never[] | undefined) ?? []),
        { role: "user", content: request.prompt },
      ];
      const traces: unknown[] = [agents.map(({ model, tools, agent }) => [model, tools, agent])];
      let active = agents[0];
      const end = (ended: AgentResult["ended"], text = "", error?: unknown): AgentResult => {
        const modelCalls = modelCallsOf() - callsBefore;
        return {
          toolTexts: active?.script.shown ?? [],
          text,
          ended,
          modelCalls,
          error,
          history: messages,
          traces,
        };
      };
      try {
        while (active !== undefined) {
          const turnsLeft = (request.maxTurns ?? 20) - (modelCallsOf() - callsBefore);
          if (turnsLeft <= 0) return end("max_turns");
          const result = await loop(active, request, messages, turnsLeft);
          traces.push(result);
          messages = result.messages;
          if (request.signal?.aborted === true) return end("aborted");
          if (result.error !== undefined) return end("failed", "", result.error);
          const called = result.steps.at(-1)?.toolCalls.map(({ payload }) => payload.toolName) ?? [];
          const next = agents.find(({ name }) => called.includes(transferTool(name)));
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
