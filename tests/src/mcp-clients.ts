import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { Stack } from "./stack.ts";

/** The official MCP client over real sockets and a real child process, and plain requests beside it. */

export type Era = "2025" | "2026";

export interface Connected extends AsyncDisposable {
  readonly client: Client;
  readonly sessionId: () => string | undefined;
  /** Calls a tool; the outcome, with what the result said around it. */
  call(name: string, input: Record<string, unknown>, _meta?: Record<string, unknown>): Promise<any>;
  toolNames(): Promise<string[]>;
}

function connected(client: Client, sessionId: () => string | undefined, end: () => Promise<void>): Connected {
  return {
    client,
    sessionId,
    async call(name, input, _meta) {
      const meta = _meta === undefined ? {} : { _meta };
      const { isError, structuredContent, content } = await client.callTool({
        name,
        arguments: input,
        ...meta,
      });
      return { isError, text: (content[0] as { text: string }).text, ...(structuredContent as object) };
    },
    async toolNames() {
      return (await client.listTools()).tools.map((tool) => tool.name);
    },
    [Symbol.asyncDispose]: end,
  };
}

/** Every text that a server under test has sent to a client: answers, errors, standard output and error. */
export const seen: string[] = [];

const recordingFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  // A stream has no end to wait for; nothing is ever sent on it.
  if (response.headers.get("content-type") === "text/event-stream") return response;
  seen.push(JSON.stringify([...response.headers]), await response.clone().text());
  return response;
};

export async function connectHttp(
  stack: Stack,
  vaultKey: string,
  options: {
    readonly era?: Era;
    readonly headers?: Record<string, string>;
    readonly fetch?: typeof fetch;
  } = {},
): Promise<Connected> {
  const mode = options.era === "2026" ? { pin: "2026-07-28" } : "legacy";
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL(`${stack.url}/mcp`), {
    fetch: options.fetch ?? recordingFetch,
    requestInit: { headers: { authorization: `Bearer ${vaultKey}`, ...options.headers } },
  });
  await client.connect(transport);
  return connected(
    client,
    () => transport.sessionId,
    () => client.close(),
  );
}

const CLI = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));

/** `keybrake mcp …` as a child process. */
export async function connectStdio(
  stack: Stack,
  args: readonly string[],
  env: Record<string, string>,
  era: Era = "2025",
): Promise<Connected> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, "mcp", ...args],
    env: { PATH: process.env.PATH ?? "", KEYBRAKE_PROXY_URL: stack.url, ...env },
    stderr: "pipe",
  });
  transport.stderr?.on("data", (chunk: Buffer) => seen.push(chunk.toString()));
  const mode = era === "2026" ? { pin: "2026-07-28" } : "legacy";
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(transport);
  const deliver = transport.onmessage;
  transport.onmessage = (message) => {
    seen.push(JSON.stringify(message));
    deliver?.(message);
  };
  return connected(
    client,
    () => undefined,
    () => client.close(),
  );
}

export interface RawStdio {
  readonly process: ChildProcessWithoutNullStreams;
  /** One message per line. */
  send(...messages: readonly unknown[]): void;
  /** What the process ended with, and what it said; it is killed after 10 s. */
  ended(): Promise<{ code: number | null; messages: any[]; stderr: string; milliseconds: number }>;
}

/** `keybrake mcp …` without a client. */
export function startStdio(stack: Stack, args: readonly string[], env: Record<string, string>): RawStdio {
  const child = spawn(process.execPath, [CLI, "mcp", ...args], {
    env: { PATH: process.env.PATH ?? "", KEYBRAKE_PROXY_URL: stack.url, ...env },
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      output[name] += chunk.toString();
      seen.push(chunk.toString());
    });
  }
  // It may be gone before it has read everything.
  child.stdin.on("error", () => undefined);
  const closed = once(child, "close") as Promise<[number | null]>;
  return {
    process: child,
    send(...messages) {
      for (const message of messages) child.stdin.write(`${JSON.stringify(message)}\n`);
    },
    async ended() {
      const startedAt = performance.now();
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      const [code] = await closed;
      clearTimeout(timer);
      const lines = output.stdout.split("\n").filter((line) => line !== "");
      return {
        code,
        messages: lines.map((line) => JSON.parse(line)),
        stderr: output.stderr,
        milliseconds: performance.now() - startedAt,
      };
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: any;
}

/** One request to /mcp with exactly these headers, Host among them. */
export function mcpRequest(
  stack: Stack,
  options: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly message?: unknown;
    readonly text?: string;
  },
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const { method = "POST", headers = {}, message } = options;
  const body = options.text ?? (message === undefined ? undefined : JSON.stringify(message));
  const accept = "application/json, text/event-stream";
  const outgoing = request(
    {
      host: "127.0.0.1",
      port: stack.port,
      path: "/mcp",
      method,
      headers: {
        accept,
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
        ...headers,
      },
    },
    (incoming) => {
      let text = "";
      incoming.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      incoming.on("end", () => {
        seen.push(JSON.stringify(incoming.headers), text);
        const isJson = incoming.headers["content-type"]?.includes("json") === true;
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: isJson ? JSON.parse(text) : text,
        });
      });
    },
  );
  outgoing.on("error", reject);
  outgoing.end(body);
  return promise;
}

export function bearer(vaultKey: string, headers: Record<string, string> = {}): Record<string, string> {
  return { authorization: `Bearer ${vaultKey}`, ...headers };
}

export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
};

export function toolCall(id: unknown, input: Record<string, unknown>, name = "create_charge") {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: input } };
}

export function cancelOf(requestId: unknown) {
  return { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } };
}

export const LIST = { jsonrpc: "2.0", id: 2, method: "tools/list" };

/** Starts a session without opening a stream; returns its id, or the refusal. */
export async function openRaw(
  stack: Stack,
  vaultKey: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer & { readonly id: string }> {
  const answer = await mcpRequest(stack, { headers: bearer(vaultKey, headers), message: INITIALIZE });
  return { ...answer, id: String(answer.headers["mcp-session-id"] ?? "") };
}
