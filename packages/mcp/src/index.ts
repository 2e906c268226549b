export { createMcpServer } from "./create-mcp-server.ts";
export { type StdioServer, serveStdio } from "./serve-stdio.ts";
