#!/usr/bin/env node
import { keepCompiledCode } from "./compile-cache.ts";
import { nodeProblem } from "./node-version.ts";

const argv = process.argv.slice(2);
const problem = nodeProblem(process.versions.node, argv);
if (problem !== null) {
  process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 1;
} else {
  keepCompiledCode();
  // Loaded only now: an older Node lacks what these modules import, and would say so in its own words.
  const [{ processIo }, { run }] = await Promise.all([import("./process-io.ts"), import("./run.ts")]);
  process.exitCode = await run(argv, processIo());
}
