import type { Toolset } from "@keybrake/core";
import { createScript } from "./script.ts";
import type { AdapterUnderTest, AgentRequest, AgentResult, AgentSpec, ScriptedCall } from "./types.ts";
import { transferTool } from "./types.ts";

interface Message {
  readonly role: "user" | "assistant" | "tool";
  readonly text: string;
}

function findTool(toolsets: readonly Toolset[], name: string) {
  return toolsets.flatMap((toolset) => toolset.tools).find((tool) => tool.name === name);
}

/**
 * The contract on the barest of loops, without a framework: the driver to copy for a new one, and the proof
 * that every scenario can be passed.
 */
export const plainLoop: AdapterUnderTest = {
  name: "plain-loop",
  makeAgent: (specs) => {
    const agents = specs.map((spec) => ({ spec, script: createScript(spec.turns) }));

    async function call({ tool, input }: ScriptedCall, spec: AgentSpec, request: AgentRequest, turn: number) {
      if ((spec.handsOverTo ?? []).some((name) => transferTool(name) === tool)) return "Transferred.";
      const found = findTool(spec.toolsets, tool);
      if (found === undefined) return `There is no tool ${tool}.`;
      let parsed: unknown = input;
      if (typeof input === "string") {
        try {
          parsed = JSON.parse(input);
        } catch {
          return "The arguments are not JSON. Nothing was sent.";
        }
      }
      const outcome = await found.execute(parsed, { signal: request.signal, turn });
      return outcome.ok ? JSON.stringify(outcome) : outcome.message;
    }

    async function run(request: AgentRequest): Promise<AgentResult> {
      const messages: Message[] = [
        ...((request.history as readonly Message[] | undefined) ?? []),
        { role: "user", text: request.prompt },
      ];
      let active = agents[0];
      let shown: string[] = [];
      let modelCalls = 0;
      const end = (ended: AgentResult["ended"], text = "", error?: unknown): AgentResult => {
        const history = [...messages];
        return { toolTexts: shown, text, ended, modelCalls, error, history, traces: [specs, messages] };
      };
      try {
        while (active !== undefined && modelCalls < (request.maxTurns ?? 20)) {
          if (request.signal?.aborted === true) return end("aborted");
          modelCalls += 1;
          shown = messages.filter(({ role }) => role === "tool").map(({ text }) => text);
          const reply = await active.script.next(shown);
          messages.push({ role: "assistant", text: JSON.stringify(reply) });
          if (typeof reply === "string") return end("done", reply);
          const { spec } = active;
          const texts = await Promise.all(reply.map((made) => call(made, spec, request, modelCalls)));
          messages.push(...texts.map((text): Message => ({ role: "tool", text })));
          const next = reply.map(({ tool }) =>
            agents.find((other) => transferTool(other.spec.name) === tool),
          );
          active = next.find((other) => other !== undefined) ?? active;
        }
        return end(request.signal?.aborted === true ? "aborted" : "max_turns");
      } catch (error) {
        return end("failed", "", error);
      }
    }
    return { run };
  },
};
