import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../stack.ts";
import { isAskedFor, LANGUAGES } from "./asked.ts";

const DOCS = join(import.meta.dirname, "../../../docs");

/** The program of each language's page does what its comments say. */
describe.each(LANGUAGES)("docs/$name.md", (language) => {
  const { name } = language;
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    stack = await startStack();
    folder = await mkdtemp(join(tmpdir(), "keybrake-page-"));
  });
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test.skipIf(!isAskedFor(language))(
    "its program charges once, and is told of the cap",
    async () => {
      const page = await readFile(join(DOCS, `${name}.md`), "utf8");
      const [source, ...others] = [...page.matchAll(new RegExp(`^\`\`\`${name}\n(.*?)^\`\`\`$`, "gms"))];
      expect(others).toEqual([]);
      const { vault_key } = await stack.issue();
      const env = { KEYBRAKE_PROXY_URL: stack.url, KEYBRAKE_BILLING_VAULT_KEY: vault_key };
      const printed = await language.runPage({ source: source?.[1] ?? "", folder, env });
      const [first, second, refused] = printed.split("\n").filter((line) => /^(?:Charged|Spend)/.test(line));
      expect(first).toMatch(/^Charged: ch_/);
      expect(second).toBe(first);
      expect(refused).toMatch(/^Spend cap reached.*Stop: do not retry/);
      expect((await stack.control.summary()).charges.created).toBe(1);
    },
    900_000,
  );
});
