/**
 * The examples of the packages' READMEs and of `docs/frameworks` run. A `ts` fence right after the comment
 * `<!-- run -->` is executed as it stands, by plain Node in its package's folder, against a real proxy in front of the
 * Stripe emulator. What a reader need not see stands in comments around it: `<!-- run` … `-->` before it,
 * `<!-- then` … `-->` after it; `assert` is there. The addresses and keys of the proxy are in the environment, under
 * the names that the pages use; each example has keys of its own.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../packages/contract/src/stack/stack.ts";
import { ROOT, readSource, workspacePackages } from "./workspace.ts";

const EXAMPLE =
  /<!-- run(?<before>(?:(?!-->).)*)-->\n+```ts\n(?<shown>.*?)```(?:\n+<!-- then\n(?<after>.*?)-->)?/gs;

/** The examples of a README that are marked to run, as programs. */
function examplesOf(readme: string): string[] {
  return [...readme.matchAll(EXAMPLE)].map(({ groups = {} }) =>
    ['import assert from "node:assert/strict";', groups.before, groups.shown, groups.after].join("\n"),
  );
}

const ROLES = ["billing", "refund", "audit"] as const;
let stack: Stack;
let folder: string;

beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(join(tmpdir(), "keybrake-readme-"));
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function environmentOfExample(): Promise<NodeJS.ProcessEnv> {
  const keys = await Promise.all(
    ROLES.map(async (role) => {
      const { vault_key } = await stack.admin.vaultKeys.create({ name: role, role, daily_usd_cap: 500 });
      const names = [`${role.toUpperCase()}_KEY`, `KEYBRAKE_${role.toUpperCase()}_VAULT_KEY`];
      return names.map((name) => [name, vault_key]);
    }),
  );
  return {
    ...process.env,
    KEYBRAKE_PROXY_URL: stack.url,
    KEYBRAKE_ADMIN_KEY: stack.adminKey,
    ...Object.fromEntries(keys.flat()),
    KEYBRAKE_STRIPE_URL: stack.emulator.url,
    STRIPE_SECRET_KEY: stack.credential,
    PORT: "0",
  };
}

async function runExample(program: string, packageFolder: string): Promise<void> {
  // Names resolve from the package's folder; files are written elsewhere.
  const code = `process.chdir(${JSON.stringify(mkdtempSync(join(folder, "example-")))});\n${program}`;
  const args = ["--input-type=module-typescript", "--disable-warning=ExperimentalWarning", "--eval", code];
  const env = await environmentOfExample();
  const options = { cwd: join(ROOT, packageFolder), env, timeout: 20_000 };
  await promisify(execFile)(process.execPath, args, options);
}

const libraries = workspacePackages().filter(
  ({ manifest }) => manifest.private !== true && manifest.bin === undefined,
);

describe.each(libraries.map(({ manifest, folder }) => [manifest.name, folder] as const))(
  "%s",
  (_name, packageFolder) => {
    const readme = join(packageFolder, "README.md");
    const examples = existsSync(join(ROOT, readme)) ? examplesOf(readSource(readme)) : [];

    test("has an example that is marked to run", () => {
      expect(examples.length).toBeGreaterThan(0);
    });

    test.each(examples.map((program, index) => [index + 1, program] as const))(
      "example %i runs",
      (_number, program) => runExample(program, packageFolder),
    );
  },
);

/** Pages of frameworks that have a package here, and its folder. The Python pages are run by `apps/python`. */
const FRAMEWORKS = new Map([
  ["ai-sdk.md", "packages/ai-sdk"],
  ["ax.md", "packages/ax"],
  ["langchain.md", "packages/langchain"],
  ["llamaindex-ts.md", "packages/llamaindex"],
  ["mastra.md", "packages/mastra"],
  ["mcp.md", "packages/mcp"],
  ["openai-agents-ts.md", "packages/openai-agents"],
]);
const PAGES = "docs/frameworks";

describe.each([...FRAMEWORKS])(`${PAGES}/%s`, (page, packageFolder) => {
  const examples = examplesOf(readSource(join(PAGES, page)));

  test("runs every ts fence that it has", () => {
    expect(examples.length).toBeGreaterThan(0);
    expect(readSource(join(PAGES, page)).match(/^```ts$/gm)).toHaveLength(examples.length);
  });

  test.each(examples.map((program, index) => [index + 1, program] as const))(
    "example %i runs",
    (_number, program) => runExample(program, packageFolder),
  );
});

describe(PAGES, () => {
  const pages = readdirSync(join(ROOT, PAGES)).filter((page) => page !== "README.md");

  test("every page is run here, or has Python blocks for the test of apps/python", () => {
    const others = pages.filter((page) => !FRAMEWORKS.has(page));
    expect(others.filter((page) => !/^```python$/m.test(readSource(join(PAGES, page))))).toEqual([]);
  });

  test("the index names every page", () => {
    const index = readSource(join(PAGES, "README.md"));
    expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([]);
  });

  test.each([...pages, "README.md", "../python.md"])("links of %s lead to files", (page) => {
    const targets = [...readSource(join(PAGES, page)).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)];
    const files = targets.map(([, target = ""]) => join(ROOT, PAGES, dirname(page), target));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});

test("an example whose assertion fails, fails", async () => {
  const [broken = ""] = examplesOf(
    "<!-- run\nconst two = [1].map((one) => one + 1);\n-->\n```ts\nconst three = two;\n```\n\n<!-- then\nassert.deepEqual(three, [3]);\n-->\n",
  );
  expect(broken).toContain("assert.deepEqual");
  await expect(runExample(broken, "packages/core")).rejects.toThrow("AssertionError");
});
