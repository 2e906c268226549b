import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { nodeProblem } from "./node-version.ts";

test.each([
  ["18.20.8", ["roles"], "keybrake needs Node 20 or newer, and this is Node 18.20.8"],
  ["20.20.2", ["serve"], "keybrake serve needs Node 24 or newer, and this is Node 20.20.2"],
  ["22.23.3", ["dev", "--port", "0"], "npx -y -p node@24 -p keybrake keybrake dev"],
  ["9.11.2", ["emulator"], "keybrake emulator needs Node 24"],
])("Node %s cannot run %j, in words", (version, argv, words) => {
  expect(nodeProblem(version, argv)).toContain(words);
});

test.each([
  ["20.20.2", ["mcp", "--role", "billing"]],
  ["22.23.3", ["keys", "list"]],
  ["20.20.2", []],
  ["24.21.0", ["serve"]],
  ["26.0.0", ["dev"]],
])("Node %s can run %j", (version, argv) => {
  expect(nodeProblem(version, argv)).toBeNull();
});

test("to serve, the command needs what its package says", () => {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  const needed = engines.node.replace(">=", "");
  expect(nodeProblem(`${needed}.0.0`, ["serve"])).toBeNull();
  expect(nodeProblem(`${Number(needed) - 1}.0.0`, ["serve"])).toContain(`needs Node ${needed} or newer`);
});

test("the command looks at its Node before it loads anything that an older one lacks", async () => {
  const pretend = 'Object.defineProperty(process.versions, "node", { value: "20.20.2" })';
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const args = ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, main, "serve"];
  const [code, stderr] = await new Promise<[number | null, string]>((resolve) => {
    const child = execFile(process.execPath, args, (_error, _stdout, text) =>
      resolve([child.exitCode, text]),
    );
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: keybrake serve needs Node 24 or newer, and this is Node 20\.20\.2\. .*\n$/);
});
