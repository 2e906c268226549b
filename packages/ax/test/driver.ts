import { type AxChatRequest, type AxChatResponse, AxMemory, AxMockAIService, ax } from "@ax-llm/ax";
import {
  type AdapterUnderTest,
  type AgentRequest,
  type AgentResult,
  createScript,
  type Script,
  type ScriptedReply,
  transferTool,
} from "@keybrake/contract";
import { fromToolset } from "../src/index.ts";

type Prompt = AxChatRequest["chatPrompt"];

export function toolTextsOf(prompt: Readonly<Prompt>): string[] {
  return prompt.flatMap((message) => (message.role === "function" ? [message.result] : []));
}

function toResponse(reply: ScriptedReply, call: number): AxChatResponse {
  const text = typeof reply === "string" ? `Answer: ${reply}` : "";
  const calls = typeof reply === "string" ? [] : reply;
  const functionCalls = calls.map(({ tool: name, input }, index) => ({
    id: `call_${call}_${index}`,
    type: "function" as const,
    function: { name, params: typeof input === "string" ? input : JSON.stringify(input) },
  }));
  return { results: [{ index: 0, content: text, functionCalls, finishReason: "stop" }] };
}

/** A service whose model says what a script says. */
export function scriptedService(script: Script, prompts: Prompt[] = []) {
  return new AxMockAIService<string>({
    features: { functions: true, streaming: true },
    chatResponse: async (request, options) => {
      prompts.push(structuredClone(request.chatPrompt) as Prompt);
      const response = toResponse(
        await script.next(toolTextsOf(request.chatPrompt as Prompt)),
        prompts.length,
      );
      if (options?.stream !== true) return response;
      return new ReadableStream<AxChatResponse>({
        start: (controller) => {
          controller.enqueue(response);
          controller.close();
        },
      });
    },
  });
}

export const axAdapter: AdapterUnderTest = {
  name: "ax",
  skip: [
    {
      scenario: "input.malformed-json",
      reason:
        "Ax parses arguments before it calls a function and rejects the whole run at what is not JSON; nothing is sent.",
    },
  ],
  makeAgent: (specs) => {
    const prompts: Prompt[] = [];
    let next: string | undefined;
    const agents = specs.map(({ name, toolsets, turns, handsOverTo = [] }) => {
      const transfers = handsOverTo.map((other) => ({
        name: transferTool(other),
        description: `Hands over to ${other}.`,
        func: () => {
          next = other;
          return "Transferred.";
        },
      }));
      const functions = [...toolsets.flatMap((toolset) => fromToolset(toolset)), ...transfers];
      const stopFunction = transfers.map((transfer) => transfer.name);
      const service = scriptedService(createScript(turns), prompts);
      return { name, functions, stopFunction, service };
    });

    async function run(request: AgentRequest): Promise<AgentResult> {
      const before = prompts.length;
      const memory = (request.history as AxMemory | undefined) ?? new AxMemory();
      let active = agents[0];
      let text = "";
      let error: unknown;
      while (active !== undefined) {
        const { functions, stopFunction, service } = active;
        const program = ax("question:string -> answer:string", { functions });
        const options = {
          mem: memory,
          maxSteps: request.maxTurns ?? 20,
          maxRetries: 1,
          stopFunction,
          ...(request.signal === undefined ? {} : { abortSignal: request.signal }),
        };
        const question = { question: request.prompt };
        active = undefined;
        next = undefined;
        try {
          if (request.stream === true) {
            for await (const { delta } of program.streamingForward(service, question, options))
              text += delta.answer ?? "";
          } else text = (await program.forward(service, question, { ...options, stream: false })).answer;
          // A stop function ends a program; its memory goes to the next one.
          active = agents.find(({ name }) => name === next);
        } catch (thrown) {
          error = thrown;
        }
      }
      const aborted = request.signal?.aborted === true;
      const limited = error instanceof Error && /max(imum)? steps/i.test(`${error.message} ${error.cause}`);
      return {
        toolTexts: toolTextsOf(prompts.at(-1) ?? []),
        text: aborted || error !== undefined ? "" : text,
        ended: aborted ? "aborted" : limited ? "max_turns" : error === undefined ? "done" : "failed",
        modelCalls: prompts.length - before,
        error,
        history: memory,
        traces: [prompts.at(-1), memory.history(0), agents.map(({ functions }) => functions)],
      };
    }
    return { run };
  },
};
