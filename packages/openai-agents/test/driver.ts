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
import {
  Agent,
  type AgentInputItem,
  handoff,
  MaxTurnsExceededError,
  type Model,
  type ModelRequest,
  type ModelResponse,
  Runner,
  type StreamEvent,
  Usage,
  user,
} from "@openai/agents-core";
import { fromToolset } from "../src/index.ts";

export function toolTextsOf(items: readonly AgentInputItem[]): string[] {
  return items.flatMap((item) => {
    if (item.type !== "function_call_result") return [];
    const { output } = item;
    if (typeof output === "string") return [output];
    return Array.isArray(output) || output.type !== "text" ? [JSON.stringify(output)] : [output.text];
  });
}

function toOutput(reply: ScriptedReply, call: number): ModelResponse["output"] {
  if (typeof reply === "string")
    return [
      {
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: reply }],
      },
    ];
  return reply.map(({ tool, input }, index) => ({
    type: "function_call",
    callId: `call_${call}_${index}`,
    name: tool,
    status: "completed",
    arguments: typeof input === "string" ? input : JSON.stringify(input),
  }));
}

/**
 * A run as the framework would store it, in which no key may stand. To write it, the framework compares every call with
 * every other, and throws and catches an error for each pair: without their stacks it takes a tenth of the time.
 */
function stored(state: { toString(): string } | undefined): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return state?.toString();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A model that says what a script says. */
export class ScriptedModel implements Model {
  readonly #script: Script;
  readonly #requests: ModelRequest[];

  constructor(script: Script, requests: ModelRequest[] = []) {
    this.#script = script;
    this.#requests = requests;
  }
  async getResponse(request: ModelRequest): Promise<ModelResponse> {
    this.#requests.push(request);
    const items = typeof request.input === "string" ? [] : request.input;
    const output = toOutput(await this.#script.next(toolTextsOf(items)), this.#requests.length);
    return { usage: new Usage({ requests: 1 }), output };
  }
  async *getStreamedResponse(request: ModelRequest): AsyncGenerator<StreamEvent> {
    const { output } = await this.getResponse(request);
    const usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
    yield { type: "response_done", response: { id: "response", usage, output: output as never } };
  }
}

function buildAgents(specs: readonly [AgentSpec, ...AgentSpec[]], requests: ModelRequest[]) {
  const agents = specs.map(
    ({ name, toolsets, turns }) =>
      new Agent({
        name,
        model: new ScriptedModel(createScript(turns), requests),
        tools: toolsets.flatMap((toolset) => fromToolset(toolset)),
      }),
  );
  specs.forEach(({ handsOverTo = [] }, index) => {
    const others = agents.filter(({ name }) => handsOverTo.includes(name));
    agents[index]?.handoffs.push(
      ...others.map((other) => handoff(other, { toolNameOverride: transferTool(other.name) })),
    );
  });
  return agents;
}

export const openaiAgents: AdapterUnderTest = {
  name: "openai-agents",
  makeAgent: (specs) => {
    const requests: ModelRequest[] = [];
    const agents = buildAgents(specs, requests);
    const runner = new Runner({ tracingDisabled: true });
    const lastInput = (): AgentInputItem[] => {
      const input = requests.at(-1)?.input;
      return input === undefined || typeof input === "string" ? [] : input;
    };

    async function run(request: AgentRequest): Promise<AgentResult> {
      const before = requests.length;
      const earlier = (request.history as AgentInputItem[] | undefined) ?? [];
      const input = [...earlier, user(request.prompt)];
      const [first] = agents;
      const options = {
        maxTurns: request.maxTurns ?? 20,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      };
      const attempt = async () => {
        if (first === undefined) throw new Error("There is no agent.");
        if (request.stream !== true) return await runner.run(first, input, options);
        const streamed = await runner.run(first, input, { ...options, stream: true });
        for await (const _event of streamed);
        await streamed.completed;
        return streamed;
      };
      let error: unknown;
      const result = await attempt().catch((thrown: unknown) => {
        error = thrown;
        return undefined;
      });
      const aborted = request.signal?.aborted === true;
      const limited = error instanceof MaxTurnsExceededError;
      return {
        toolTexts: toolTextsOf(lastInput()),
        text: aborted ? "" : (result?.finalOutput ?? ""),
        ended: aborted ? "aborted" : limited ? "max_turns" : result === undefined ? "failed" : "done",
        modelCalls: requests.length - before,
        error,
        history: result?.history ?? lastInput(),
        traces: [result?.output, stored(result?.state), requests.at(-1), agents],
      };
    }
    return { run };
  },
};
