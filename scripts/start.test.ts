import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, workspacePackages } from "./workspace.ts";

/** The launcher on this Node, or on one that says it is another version. */
function start(args: readonly string[], pretended?: string) {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "${pretended}" })`;
  const version =
    pretended === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`];
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const all = [...version, join(ROOT, "scripts/start.js"), ...args];
    const child = execFile(process.execPath, all, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

test.each(["18.20.8", "20.20.2", "22.23.3"])("Node %s is told which one is needed", async (version) => {
  const { code, stdout, stderr } = await start(["apps/demo/src/main.ts"], version);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(`need Node 24 or newer; this is Node ${version}`);
  expect(stderr).toContain("npx -y pnpm@10 demo");
});

test("the right one runs the file with its arguments", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-start-"));
  const file = join(folder, "main.ts");
  await writeFile(
    file,
    "const args: string[] = process.argv;\nprocess.stdout.write(JSON.stringify(args));\n",
  );
  const { code, stdout } = await start([file, "--flag", "a b"]);
  await rm(folder, { recursive: true });
  expect([code, JSON.parse(stdout)]).toEqual([0, [process.execPath, file, "--flag", "a b"]]);
});

test("without a file it says how it is used", async () => {
  const { code, stderr } = await start([]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("Usage:")]);
});

test("what it needs is what the programs of the workspace say they need", () => {
  const programs = workspacePackages().filter(({ folder }) => folder.startsWith("apps/"));
  const needed = programs.map(({ manifest }) => manifest.engines?.node);
  expect(new Set(needed)).toEqual(new Set([">=24"]));
});
