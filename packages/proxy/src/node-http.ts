/**
 * Node's HTTP server, as it stands. Not by `import`: that reads every export of the module, and to read `WebSocket` Node
 * loads the whole of its own `fetch`, a tenth of the time that a proxy takes to start, for nothing that it uses.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");
