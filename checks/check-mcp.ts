/**
 * The official MCP conformance suite against the real `/mcp`, over a real socket. The suite knows no bearer tokens, so a
 * relay adds a vault key to every request and changes nothing else. Only the Stripe behind the proxy is a stand-in.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStack } from "../packages/contract/src/index.ts";
import { ROOT } from "../scripts/workspace.ts";
import { problemsOf, report, run, say } from "./packages/command.ts";

const FOLDER = join(ROOT, "checks");

/** Host and Origin pass as they came: the suite forges them to try the protection against DNS rebinding. */
async function startRelay(target: { readonly port: number }, vaultKey: string) {
  const server = createServer((incoming, answer) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, authorization: `Bearer ${vaultKey}` },
      },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on("error", () => answer.destroy());
    answer.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/mcp`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const problems = await problemsOf("MCP conformance", async () => {
  await using stack = await startStack();
  const key = await stack.admin.vaultKeys.create({
    name: "conformance",
    role: "billing",
    daily_usd_cap: 100,
  });
  using relay = await startRelay(stack, key.vault_key);
  const results = await mkdtemp(join(tmpdir(), "keybrake-mcp-"));
  try {
    const printed = await run(join(FOLDER, "node_modules/.bin/conformance"), [
      ...["server", "--url", relay.url, "--suite", "all", "--output-dir", results],
      ...["--expected-failures", join(FOLDER, "mcp-not-offered.yml")],
    ]);
    const passed = printed.split("\n").filter((line) => line.startsWith("✓"));
    say(
      `${passed.join("\n")}\nMCP conformance: ${passed.length} scenarios ok; the others are in mcp-not-offered.yml`,
    );
  } finally {
    await rm(results, { recursive: true, force: true });
  }
});
report(problems);
