import {
  type AdapterUnderTest,
  type AgentRequest,
  type AgentResult,
  type AgentSpec,
  createScript,
  type Script,
  type ScriptedReply,
  transferTool,
} from "@keybrake/contract";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import {
  Command,
  GraphRecursionError,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { createAgent } from "langchain";
import { z } from "zod";
import { fromToolset } from "../src/index.ts";

export function toolTextsOf(messages: readonly BaseMessage[]): string[] {
  return messages.filter((message) => message.type === "tool").map((message) => message.text);
}

function toMessage(reply: ScriptedReply, call: number): AIMessage {
  if (typeof reply === "string") return new AIMessage(reply);
  const calls = reply.map(({ tool: name, input }, index) => ({
    name,
    args: input,
    id: `call_${call}_${index}`,
  }));
  const parsed = calls.filter(({ args }) => typeof args === "object");
  const broken = calls.filter(({ args }) => typeof args === "string");
  return new AIMessage({
    content: "",
    tool_calls: parsed.map((made) => ({ ...made, args: { ...(made.args as object) }, type: "tool_call" })),
    // As the providers' packages do it with arguments that are not JSON.
    invalid_tool_calls: broken.map((made) => ({
      ...made,
      args: String(made.args),
      type: "invalid_tool_call",
    })),
  });
}

/** A chat model that says what a script says. `fakeModel` of LangChain cannot wait for what it is to say. */
export class ScriptedModel extends BaseChatModel {
  readonly #script: Script;
  readonly #prompts: BaseMessage[][];

  constructor(script: Script, prompts: BaseMessage[][] = []) {
    super({ maxRetries: 0 });
    this.#script = script;
    this.#prompts = prompts;
  }
  override _llmType() {
    return "scripted";
  }
  override bindTools() {
    return this;
  }
  override async _generate(messages: BaseMessage[]) {
    this.#prompts.push([...messages]);
    const message = toMessage(await this.#script.next(toolTextsOf(messages)), this.#prompts.length);
    return { generations: [{ text: message.text, message }] };
  }
}

/** LangChain's way to hand over: a tool that sends the graph above the agent to another node. */
function handOff(name: string) {
  return tool(
    (_input, config) => {
      const { state, toolCallId } = config as { state: { messages: BaseMessage[] }; toolCallId: string };
      const answer = new ToolMessage({ content: "Transferred.", tool_call_id: toolCallId });
      return new Command({
        goto: name,
        graph: Command.PARENT,
        update: { messages: [...state.messages, answer] },
      });
    },
    { name: transferTool(name), description: `Hands over to ${name}.`, schema: z.object({}) },
  );
}

function buildGraph(specs: readonly [AgentSpec, ...AgentSpec[]], prompts: BaseMessage[][]) {
  const agents = specs.map(({ name, toolsets, turns, handsOverTo = [] }) => {
    const tools = [...toolsets.flatMap((toolset) => fromToolset(toolset)), ...handsOverTo.map(handOff)];
    return createAgent({ name, model: new ScriptedModel(createScript(turns), prompts), tools });
  });
  const graph = new StateGraph(MessagesAnnotation);
  specs.forEach(({ name, handsOverTo = [] }, index) => {
    const agent = agents[index];
    if (agent !== undefined) graph.addNode(name, agent.graph as never, { ends: [...handsOverTo] });
  });
  graph.addEdge(START, specs[0].name as typeof START);
  const checkpointer = new MemorySaver();
  return { graph: graph.compile({ checkpointer }), checkpointer, agents };
}

/** What LangGraph wrote down last of each thread, as text. */
function newestCheckpoints({ storage }: MemorySaver): string[] {
  const decoder = new TextDecoder();
  return Object.values(storage)
    .flatMap((namespaces) => Object.values(namespaces))
    .flatMap((checkpoints) => Object.values(checkpoints).slice(-1))
    .map(([checkpoint, metadata]) => decoder.decode(checkpoint) + decoder.decode(metadata));
}

export const langchain: AdapterUnderTest = {
  name: "langchain",
  skip: [
    {
      scenario: "input.malformed-json",
      reason:
        "LangChain's providers report such calls as invalid_tool_calls, and createAgent ends the run there; nothing is sent.",
    },
  ],
  makeAgent: (specs) => {
    const prompts: BaseMessage[][] = [];
    const { graph, checkpointer, agents } = buildGraph(specs, prompts);
    let runs = 0;

    async function run(request: AgentRequest): Promise<AgentResult> {
      const before = prompts.length;
      runs += 1;
      const earlier = (request.history as readonly BaseMessage[] | undefined) ?? [];
      const input = { messages: [...earlier, new HumanMessage(request.prompt)] };
      const config = {
        configurable: { thread_id: `thread-${runs}` },
        durability: "exit" as const,
        // A turn is a step of the model and one of the tools.
        recursionLimit: 2 * (request.maxTurns ?? 20),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      };
      let messages: BaseMessage[] = [];
      let error: unknown;
      try {
        if (request.stream === true) {
          for await (const state of await graph.stream(input, { ...config, streamMode: "values" }))
            messages = (state as typeof input).messages;
        } else messages = (await graph.invoke(input, config)).messages;
      } catch (thrown) {
        error = thrown;
      }
      const shown = prompts.at(-1) ?? [];
      const ended =
        request.signal?.aborted === true
          ? "aborted"
          : error instanceof GraphRecursionError
            ? "max_turns"
            : error === undefined
              ? "done"
              : "failed";
      return {
        toolTexts: toolTextsOf(shown),
        text: ended === "done" ? (messages.at(-1)?.text ?? "") : "",
        ended,
        modelCalls: prompts.length - before,
        error,
        history: error === undefined ? messages : shown,
        traces: [
          messages,
          shown,
          newestCheckpoints(checkpointer),
          agents.map(({ options }) => options.tools),
        ],
      };
    }
    return { run };
  },
};
