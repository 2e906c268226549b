/**
 * Part of `pnpm lint`: actionlint on `.github/workflows`, and what it does not look at. An action is named by its full
 * commit, because a tag can be moved to other code by whoever gets into its repository, and ours may publish.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { ROOT } from "../scripts/workspace.ts";
import { problemsOfWorkflow } from "./release/workflow-rules.ts";

const folder = ".github/workflows";
const lint = await createLinter();
const files = readdirSync(join(ROOT, folder)).sort();
const problems = files.flatMap((file) => {
  const path = `${folder}/${file}`;
  const text = readFileSync(join(ROOT, path), "utf8");
  const found = lint(text, path).map(({ line, column, message }) => `${line}:${column} ${message}`);
  return [...found, ...problemsOfWorkflow(text)].map((problem) => `${path}:${problem}`);
});
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${files.length} workflows: actionlint has nothing to say`);
// Its WebAssembly never ends by itself.
process.exit(problems.length > 0 ? 1 : 0);
