import {
  type AdapterUnderTest,
  type AgentRequest,
  type AgentResult,
  type AgentSpec,
  createScript,
  type Script,
  type ScriptedCall,
  type ScriptedReply,
  transferTool,
} from "@keybrake/contract";
import { type ChatMessage, ToolCallLLM } from "@llamaindex/core/llms";
import { agent, multiAgent, stopAgentEvent } from "@llamaindex/workflow";
import { fromToolset } from "../src/index.ts";

type Message = ChatMessage<object>;

export function toolTextsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ options }) =>
    options !== undefined && "toolResult" in options
      ? [String((options.toolResult as { result: unknown }).result)]
      : [],
  );
}

/** LlamaIndex has one tool of its own for handing over, which is told to whom. */
function toToolCall({ tool, input }: ScriptedCall, agents: readonly string[]) {
  const toAgent = agents.find((name) => transferTool(name) === tool);
  return toAgent === undefined
    ? { name: tool, input }
    : { name: "handOff", input: { toAgent, reason: "It can do it." } };
}

/** A model that says what a script says. `agents`: names of those that can be handed over to. */
export class ScriptedLLM extends ToolCallLLM {
  override readonly supportToolCall = true;
  override readonly metadata = {
    model: "scripted",
    temperature: 0,
    topP: 1,
    contextWindow: 1_000_000,
    tokenizer: undefined,
    structuredOutput: false,
  };
  readonly #script: Script;
  readonly #prompts: Message[][];
  readonly #agents: readonly string[];

  constructor(script: Script, prompts: Message[][] = [], agents: readonly string[] = []) {
    super();
    this.#script = script;
    this.#prompts = prompts;
    this.#agents = agents;
  }
  #options(reply: ScriptedReply) {
    if (typeof reply === "string") return {};
    const calls = reply.map((made) => toToolCall(made, this.#agents));
    const prefix = `call_${this.#prompts.length}`;
    return { toolCall: calls.map((call, index) => ({ ...call, id: `${prefix}_${index}` })) };
  }
  // The base class has one signature for streams and one for answers; the workflow only streams.
  override async chat({ messages }: { messages: Message[] }): Promise<never> {
    this.#prompts.push(structuredClone(messages));
    const reply = await this.#script.next(toolTextsOf(messages));
    const delta = typeof reply === "string" ? reply : "";
    const options = this.#options(reply);
    async function* stream() {
      yield { delta, raw: {}, options };
    }
    return stream() as never;
  }
}

function buildWorkflow(
  agents: readonly { readonly spec: AgentSpec; readonly llm: ScriptedLLM }[],
  request: AgentRequest,
) {
  const made = agents.map(({ spec, llm }) => {
    const tools = spec.toolsets
      .flatMap((toolset) => fromToolset(toolset))
      .map((tool) => tool.bind({ signal: request.signal }));
    const canHandoffTo = [...(spec.handsOverTo ?? [])];
    return { tools, workflow: agent({ name: spec.name, description: spec.name, llm, tools, canHandoffTo }) };
  });
  const workflows = made.map(({ workflow }) => workflow);
  const [first] = workflows;
  if (first === undefined) throw new Error("There is no agent.");
  const workflow = workflows.length === 1 ? first : multiAgent({ agents: workflows, rootAgent: first });
  return { workflow, tools: made.map(({ tools }) => tools) };
}

export const llamaindex: AdapterUnderTest = {
  name: "llamaindex",
  skip: [
    {
      scenario: "max-turns.charge-again",
      reason: "LlamaIndex.TS agents have no turn limit: a loop ends when the model ends it.",
    },
    {
      scenario: "made-up.tool-name",
      reason:
        "LlamaIndex.TS never settles a run whose model names a tool that is not there; nothing is sent.",
    },
    {
      scenario: "audit.turn",
      reason:
        "LlamaIndex.TS tells a tool nothing of the conversation; bind() can pass a turn, but once per run.",
    },
  ],
  makeAgent: (specs) => {
    const prompts: Message[][] = [];
    const agents = specs.map((spec) => ({
      spec,
      llm: new ScriptedLLM(createScript(spec.turns), prompts, spec.handsOverTo),
    }));

    async function run(request: AgentRequest): Promise<AgentResult> {
      const before = prompts.length;
      const { workflow, tools } = buildWorkflow(agents, request);
      const chatHistory = [...((request.history as readonly Message[] | undefined) ?? [])];
      const events: unknown[] = [];
      let error: unknown;
      let text = "";
      try {
        for await (const event of workflow.runStream(request.prompt, { chatHistory })) {
          events.push(event);
          if (stopAgentEvent.include(event)) text = String(event.data.result);
        }
      } catch (thrown) {
        error = thrown;
      }
      const shown = prompts.at(-1) ?? [];
      const history = [
        ...shown.filter(({ role }) => role !== "system"),
        ...(text === "" ? [] : [{ role: "assistant" as const, content: text }]),
      ];
      const aborted = request.signal?.aborted === true;
      return {
        toolTexts: toolTextsOf(shown),
        text: aborted ? "" : text,
        ended: aborted ? "aborted" : error === undefined ? "done" : "failed",
        modelCalls: prompts.length - before,
        error,
        history,
        traces: [events.at(-1), shown, tools],
      };
    }
    return { run };
  },
};
