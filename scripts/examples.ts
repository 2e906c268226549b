/** Runs every example app, offline, each in a process of its own: one line each, and the output of those that fail. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./workspace.ts";

const FOLDER = join(ROOT, "apps/examples");
let failures = 0;

for (const name of readdirSync(FOLDER).sort()) {
  const main = join(FOLDER, name, "src/main.ts");
  if (!existsSync(main)) continue;
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { encoding: "utf8" });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${name.padEnd(16)} ${status === 0 ? "ok    " : "FAILED"} ${seconds} s\n`);
  if (status === 0) continue;
  failures += 1;
  process.stderr.write(`${stdout}${stderr}\n`);
}
process.exitCode = failures > 0 ? 1 : 0;
