/**
 * The examples of the packages' READMEs run. A `ts` fence right after the comment `<!-- run -->` is executed as it
 * stands, by plain Node in its package's folder, against a real proxy in front of the Stripe emulator. What a reader
 * need not see stands in comments around it: `<!-- run` … `-->` before it, `<!-- then` … `-->` after it; `assert` is
 * there. The addresses and keys of the proxy are in the environment, under the names that the READMEs use.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  stack = await startStack();
  folder = mkdtempSync(join(tmpdir(), "keybrake-readme-"));
  const issue = async (role: (typeof ROLES)[number]) => {
    const { vault_key } = await stack.admin.vaultKeys.create({ name: role, role, daily_usd_cap: 500 });
    return vault_key;
  };
  const keys = await Promise.all(
    ROLES.map(async (role) => {
      const key = await issue(role);
      return [`${role.toUpperCase()}_KEY`, `KEYBRAKE_${role.toUpperCase()}_VAULT_KEY`].map((name) => [
        name,
        key,
      ]);
    }),
  );
  environment = {
    ...process.env,
    KEYBRAKE_PROXY_URL: stack.url,
    KEYBRAKE_ADMIN_KEY: stack.adminKey,
    ...Object.fromEntries(keys.flat()),
    KEYBRAKE_STRIPE_URL: stack.emulator.url,
    STRIPE_SECRET_KEY: stack.credential,
    PORT: "0",
  };
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function runExample(program: string, packageFolder: string): Promise<void> {
  // Names resolve from the package's folder; files are written elsewhere.
  const code = `process.chdir(${JSON.stringify(mkdtempSync(join(folder, "example-")))});\n${program}`;
  const args = ["--input-type=module-typescript", "--disable-warning=ExperimentalWarning", "--eval", code];
  const options = { cwd: join(ROOT, packageFolder), env: environment, timeout: 20_000 };
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

test("an example whose assertion fails, fails", async () => {
  const [broken = ""] = examplesOf(
    "<!-- run\nconst two = [1].map((one) => one + 1);\n-->\n```ts\nconst three = two;\n```\n\n<!-- then\nassert.deepEqual(three, [3]);\n-->\n",
  );
  expect(broken).toContain("assert.deepEqual");
  await expect(runExample(broken, "packages/core")).rejects.toThrow("AssertionError");
});
