import type { KeybrakeTool, Outcome, ToolContext, Toolset } from "@keybrake/core";
import { type CallToolResult, McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { inputSchema, OUTPUT_SCHEMA } from "./schemas.ts";

/** Of the tools' interface, not of a package. */
const SERVER = { name: "keybrake", title: "Keybrake", version: "1" };

const INSTRUCTIONS =
  "These tools move money at Stripe under a capped, expiring key. Amounts are in the currency's smallest unit. " +
  "Calling again with exactly the same arguments cannot charge or refund twice; two acts that are really meant " +
  "need different references. When a result says Stop, stop: do not retry, split or work around it.";

/** All that is taken from the SDK's context, in one place. Never the request id: a repeated call has a new one. */
function toolContext({ mcpReq, http }: ServerContext): ToolContext {
  const header = (name: string) => http?.req?.headers.get(name) || undefined;
  return {
    signal: mcpReq.signal,
    agent: header("x-agent-name"),
    conversationId: header("x-agent-conversation-id"),
    turn: header("x-agent-turn"),
  };
}

/** Many clients show the model the text alone: a success as JSON, a failure in the words that say what to do. */
function toResult(outcome: Outcome): CallToolResult {
  const text = outcome.ok ? JSON.stringify(outcome) : outcome.message;
  return { content: [{ type: "text", text }], structuredContent: { ...outcome }, isError: !outcome.ok };
}

function register(server: McpServer, tool: KeybrakeTool): void {
  const { name, title, description, annotations, execute } = tool;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: inputSchema(tool),
      outputSchema: OUTPUT_SCHEMA,
      // Stripe is a world of its own: others change it too.
      annotations: { title, ...annotations, openWorldHint: true },
    },
    async (input, context) => toResult(await execute(input, toolContext(context))),
  );
}

/**
 * An MCP server with the tools of these tool sets, ready to be connected to a transport. A tool that two
 * sets have is taken from the first. Tools answer an `Outcome` as structured content, with `isError` for
 * every refusal; they never throw. No network until a tool is called.
 *
 * @example
 * const server = createMcpServer([createToolset("billing", { vaultKey, run })]);
 * await server.connect(transport);
 */
export function createMcpServer(toolsets: readonly Pick<Toolset, "tools">[]): McpServer {
  const server = new McpServer(SERVER, {
    // The tools of a key never change: its policy is fixed when it is made.
    capabilities: { tools: { listChanged: false } },
    instructions: INSTRUCTIONS,
  });
  const tools = new Map<string, KeybrakeTool>();
  for (const tool of toolsets.flatMap((toolset) => toolset.tools)) {
    if (!tools.has(tool.name)) tools.set(tool.name, tool);
  }
  for (const tool of tools.values()) register(server, tool);
  // The SDK answers lists only once there is a tool; a key may allow nothing that a tool does.
  if (tools.size === 0) server.server.setRequestHandler("tools/list", () => ({ tools: [] }));
  return server;
}
