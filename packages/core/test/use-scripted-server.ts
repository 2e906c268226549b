import { afterAll, beforeEach } from "vitest";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

/** One for all tests of a file; each begins without requests. */
export async function useScriptedServer(): Promise<ScriptedServer> {
  const server = await startScriptedServer();
  afterAll(() => server.close());
  beforeEach(() => {
    server.requests.length = 0;
  });
  return server;
}
