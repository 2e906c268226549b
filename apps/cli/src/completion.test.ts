import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { runHere } from "./test-support.ts";

let script: string;
beforeAll(async () => {
  const { code, stdout } = await runHere(["completion"], { env: {} });
  expect(code).toBe(0);
  script = stdout;
});

/** What a real bash offers when Tab is pressed after these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const program = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _keybrake; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)("bash", ["-c", program, "bash", "keybrake", ...words]);
  return stdout.split("\n").filter((word) => word !== "");
}

test.each([
  [["crash"], ["crash-test"]],
  [
    ["keys", "re"],
    ["resume", "revoke"],
  ],
  [["keys", "create", "--name", "june", "--daily"], ["--daily-usd-cap"]],
  [
    ["keys", "create", "--dedupe", ""],
    ["auto", "act", "key"],
  ],
  [["audit", "--state", "un"], ["unknown"]],
  [["keys", "list", "--status", "pa"], ["paused"]],
  [["report", "--mo"], ["--month"]],
  [["nonsense-of-somebody"], []],
])("%j", async (words, expected) => {
  expect([...(await offered(...words))].sort()).toEqual([...expected].sort());
});

test("every command is offered, and every group has its own", async () => {
  const commands = await offered("");
  expect(commands).toEqual(
    expect.arrayContaining([
      "serve",
      "dev",
      "keys",
      "budgets",
      "audit",
      "report",
      "verify",
      "doctor",
      "--version",
    ]),
  );
  expect(await offered("budgets", "")).toEqual(expect.arrayContaining(["list", "create", "set", "--help"]));
});

test("nothing in the script needs quoting", () => {
  for (const [, words = ""] of script.matchAll(/words="([^"]+)"|-W "([^"$]+)"/g)) {
    expect(words).toMatch(/^[\w.\- ]*$/);
  }
});
