/** `app.ts` of an example is what a user copies: it must work in a project that has none of this repository. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importsOf } from "./tidy/imports.ts";
import { ROOT, readSource, workspacePackages } from "./workspace.ts";

const packages = workspacePackages();
const published = packages.filter(({ manifest }) => manifest.private !== true);
const ours = new Set(packages.map(({ manifest }) => manifest.name));
const publishedNames = new Set(published.map(({ manifest }) => manifest.name));
const examples = packages.filter(({ folder }) => folder.startsWith("apps/examples/"));
const apps = examples.filter(({ folder }) => existsSync(join(ROOT, folder, "src/app.ts")));

/** `@langchain/core/messages` → `@langchain/core`. */
function packageOf(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

/** Names that a copied app could not resolve, or that the example's `dependencies` do not say. */
function notCopyable(source: string, dependencies: readonly string[]): string[] {
  return importsOf(source).filter((specifier) => {
    const name = packageOf(specifier);
    return !dependencies.includes(name) || (ours.has(name) && !publishedNames.has(name));
  });
}

test("every example but what their witnesses share has an app", () => {
  const without = examples.filter((example) => !apps.includes(example));
  expect(without.map(({ folder }) => folder)).toEqual(["apps/examples/shared"]);
});

test.each(apps.map((example) => [example.folder, example] as const))(
  "%s: app.ts imports published packages and its framework, which are its dependencies",
  (_name, { folder, manifest }) => {
    const source = readSource(`${folder}/src/app.ts`);
    const dependencies = Object.keys(manifest.dependencies ?? {});
    expect(notCopyable(source, dependencies)).toEqual([]);
    const imported = new Set(importsOf(source).map(packageOf));
    expect(dependencies.filter((name) => !imported.has(name))).toEqual([]);
    expect([...imported].filter((name) => publishedNames.has(name)).length).toBeGreaterThan(0);
  },
);

test("a file beside it, a package that is not published and one that is not named would be found", () => {
  const source = [
    'import { model } from "./model.ts";',
    'import type { Turn } from "@keybrake/example-shared";',
    'import { z } from "zod";',
    'import { createRun } from "@keybrake/core";',
    'const { openai } = await import("@ai-sdk/openai");',
  ].join("\n");
  const found = notCopyable(source, ["@keybrake/core", "@keybrake/example-shared"]);
  expect(found).toEqual(["./model.ts", "@keybrake/example-shared", "zod", "@ai-sdk/openai"]);
});
