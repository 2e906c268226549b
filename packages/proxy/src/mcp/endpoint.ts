import type { McpDependencies, McpEndpoint } from "./dependencies.ts";

/** The endpoint at /mcp. The SDK behind it is loaded by the first request, so that it costs no start-up time. */
export function createMcpEndpoint(dependencies: McpDependencies): McpEndpoint {
  let opened: Promise<McpEndpoint> | undefined;
  return {
    async handle(request, response) {
      try {
        opened ??= import("./serve-mcp.ts").then(({ serveMcp }) => serveMcp(dependencies));
        const endpoint = await opened;
        await endpoint.handle(request, response);
      } catch (error) {
        dependencies.log.error({ error: error instanceof Error ? error.message : "unknown" }, "mcp failed");
        response.destroy();
      }
    },
    async close() {
      const endpoint = await opened;
      await endpoint?.close();
    },
  };
}
