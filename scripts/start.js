/**
 * `node scripts/start.js <file.ts> [arguments]`: runs a source of the workspace, after a look at the Node that would run
 * it. Plain JavaScript of 2020, because an older Node cannot even load a `.ts` file to be told so in words.
 */
import module from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const NEEDED = 24;
const [launcher, file, ...args] = process.argv.slice(1);

if (Number(process.versions.node.split(".")[0]) < NEEDED) {
  process.stderr.write(
    [
      `Keybrake's sources need Node ${NEEDED} or newer; this is Node ${process.versions.node} (${process.execPath}).`,
      "The workspace brings one: start it by its name in package.json, as in `npx -y pnpm@10 demo`.",
      `On a platform for which npm has none, install Node ${NEEDED} yourself.`,
      "",
    ].join("\n"),
  );
  process.exitCode = 1;
} else if (file === undefined) {
  process.stderr.write(`Usage: node ${launcher} <file.ts> [arguments]\n`);
  process.exitCode = 2;
} else {
  // The sources are stripped of their types once, not at every start.
  module.enableCompileCache("node_modules/.cache/keybrake");
  const path = resolve(file);
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
}
