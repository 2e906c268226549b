import { builtinModules } from "node:module";
import { describe, expect, test } from "vitest";
import { importsOf, readSource, sourceFiles, workspacePackages } from "./workspace.ts";

const packages = workspacePackages();
const published = packages.filter(({ manifest }) => manifest.private !== true);
const ADAPTERS = [
  "@keybrake/ai-sdk",
  "@keybrake/ax",
  "@keybrake/langchain",
  "@keybrake/llamaindex",
  "@keybrake/mastra",
  "@keybrake/openai-agents",
];

/** Which of our packages each may use at run time. Arrows point one way; adapters never meet. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "@keybrake/core": [],
  "@keybrake/ledger": [],
  "@keybrake/stripe-emulator": [],
  "@keybrake/ai-sdk": ["@keybrake/core"],
  "@keybrake/ax": ["@keybrake/core"],
  "@keybrake/langchain": ["@keybrake/core"],
  "@keybrake/llamaindex": ["@keybrake/core"],
  "@keybrake/mastra": ["@keybrake/core"],
  "@keybrake/openai-agents": ["@keybrake/core"],
  "@keybrake/mcp": ["@keybrake/core"],
  "@keybrake/contract": [
    "@keybrake/core",
    "@keybrake/ledger",
    "@keybrake/proxy",
    "@keybrake/stripe-emulator",
  ],
  "@keybrake/proxy": ["@keybrake/core", "@keybrake/ledger", "@keybrake/mcp"],
  "@keybrake/python": ["keybrake"],
  keybrake: [
    "@keybrake/core",
    "@keybrake/ledger",
    "@keybrake/mcp",
    "@keybrake/proxy",
    "@keybrake/stripe-emulator",
  ],
  "@keybrake/demo": [
    "@keybrake/ai-sdk",
    "@keybrake/core",
    "@keybrake/ledger",
    "@keybrake/proxy",
    "@keybrake/stripe-emulator",
  ],
  "@keybrake/example-ai-sdk": ["@keybrake/ai-sdk", "@keybrake/core", "@keybrake/example-shared"],
  "@keybrake/example-ax": ["@keybrake/ax", "@keybrake/core", "@keybrake/example-shared"],
  "@keybrake/example-langchain": ["@keybrake/core", "@keybrake/example-shared", "@keybrake/langchain"],
  "@keybrake/example-llamaindex": ["@keybrake/core", "@keybrake/example-shared", "@keybrake/llamaindex"],
  "@keybrake/example-mastra": ["@keybrake/core", "@keybrake/example-shared", "@keybrake/mastra"],
  "@keybrake/example-multi-agent": ["@keybrake/ai-sdk", "@keybrake/core", "@keybrake/example-shared"],
  "@keybrake/example-openai-agents": [
    "@keybrake/core",
    "@keybrake/example-shared",
    "@keybrake/openai-agents",
  ],
  "@keybrake/example-route-handler": ["@keybrake/ai-sdk", "@keybrake/core", "@keybrake/example-shared"],
  "@keybrake/example-shared": [
    "@keybrake/core",
    "@keybrake/ledger",
    "@keybrake/proxy",
    "@keybrake/stripe-emulator",
  ],
};

/** Tests and what only they use: left out of every build. */
function isTest(file: string): boolean {
  return file.endsWith(".test.ts") || file.endsWith("/test-support.ts");
}

function isOurs(name: string): boolean {
  return name.startsWith("@keybrake/") || name === "keybrake";
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

describe("package shape", () => {
  test.each(published.map((entry) => [entry.manifest.name, entry] as const))(
    "%s",
    (_name, { manifest, folder }) => {
      expect(manifest.license).toBe("MIT");
      expect(manifest.type).toBe("module");
      expect(manifest.sideEffects).toBe(false);
      expect(manifest.files).toEqual(["dist", "README.md"]);
      expect(manifest.description).toBeTruthy();
      expect(manifest.engines?.node).toMatch(/^>=(20|24)$/);
      expect(readSource(`${folder}/README.md`).length).toBeGreaterThan(200);
      if (manifest.bin === undefined) {
        expect(manifest.exports).toEqual({ ".": "./src/index.ts" });
        expect(manifest.publishConfig?.exports).toEqual({
          ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
        });
      } else {
        expect(Object.values(manifest.publishConfig?.bin ?? {})).toEqual(["./dist/main.js"]);
      }
    },
  );

  test("every version comes from the catalog or the workspace", () => {
    for (const { manifest } of packages) {
      const versions = { ...manifest.dependencies, ...manifest.devDependencies };
      for (const [name, version] of Object.entries(versions)) {
        expect(version, `${manifest.name} → ${name}`).toBe(isOurs(name) ? "workspace:*" : "catalog:");
      }
    }
  });

  test("core depends on zod alone", () => {
    const core = packages.find(({ manifest }) => manifest.name === "@keybrake/core");
    expect(Object.keys(core?.manifest.dependencies ?? {})).toEqual(["zod"]);
    expect(core?.manifest.peerDependencies).toBeUndefined();
  });
});

describe("dependency direction", () => {
  test("every package is in the table", () => {
    expect(Object.keys(ALLOWED).sort()).toEqual(packages.map(({ manifest }) => manifest.name).sort());
  });

  test.each(packages.map((entry) => [entry.manifest.name, entry] as const))(
    "%s",
    (name, { folder, manifest }) => {
      const allowed = ALLOWED[name] ?? [];
      const declared = Object.keys(manifest.dependencies ?? {}).filter(isOurs);
      expect(declared.filter((dependency) => !allowed.includes(dependency))).toEqual([]);
      const external = { ...manifest.dependencies, ...manifest.peerDependencies };
      for (const file of sourceFiles(`${folder}/src`)) {
        if (isTest(file)) continue;
        for (const specifier of importsOf(readSource(file))) {
          if (specifier.startsWith(".")) {
            expect(specifier, `${file} imports with an extension`).toMatch(/\.(ts|json)$/);
            continue;
          }
          if (specifier.startsWith("node:")) continue;
          expect(Object.keys(external), `${file} imports ${specifier}, which is not declared`).toContain(
            packageOf(specifier),
          );
        }
      }
    },
  );
});

describe("portability", () => {
  const builtins = new Set(builtinModules);

  const portable = ["core", "ai-sdk", "ax", "langchain", "llamaindex", "mastra", "openai-agents"];

  test.each(portable.map((name) => `packages/${name}`))("%s imports no Node built-in", (folder) => {
    for (const file of sourceFiles(`${folder}/src`)) {
      if (isTest(file)) continue;
      const specifiers = importsOf(readSource(file));
      const node = specifiers.filter((name) => name.startsWith("node:") || builtins.has(name));
      expect(node, file).toEqual([]);
    }
  });
});

describe("size", () => {
  /** Files that have a reason to be long. A file leaves this list; it does not come onto it lightly. */
  const LONG: readonly string[] = [
    // The nouns and the interface of the ledger, mostly docstrings: one place to read them.
    "packages/ledger/src/types.ts",
  ];

  test("no source file has more than 300 lines", () => {
    const long = packages
      .flatMap(({ folder }) => sourceFiles(`${folder}/src`))
      .filter((file) => !isTest(file) && !LONG.includes(file))
      .filter((file) => readSource(file).split("\n").length > 300);
    expect(long).toEqual([]);
  });

  test.each(ADAPTERS)("adapter %s has at most 150 lines", (name) => {
    const adapter = packages.find(({ manifest }) => manifest.name === name);
    const files = sourceFiles(`${adapter?.folder}/src`).filter((file) => !isTest(file));
    const lines = files
      .map((file) => readSource(file).split("\n").length)
      .reduce((sum, count) => sum + count, 0);
    expect(lines).toBeLessThanOrEqual(150);
  });
});

describe("banned in shipped code", () => {
  const shipped = packages
    .flatMap(({ folder }) => sourceFiles(`${folder}/src`))
    .filter((file) => !isTest(file));

  test.each([
    ["floating-point parsing of money", /\bparseFloat\(/],
    ["console output outside the command", /\bconsole\.(log|error|warn|info)\(/],
    ["any", /^(?!\s*(\*|\/\*|\/\/)).*(:\s*any[\s;,)\]|&>]|\bas any[\s]*[;,)\].|&])/m],
    ["lint or type suppressions", /@ts-(ignore|expect-error|nocheck)|biome-ignore-all/],
  ])("%s", (_what, pattern) => {
    const found = shipped.filter((file) => pattern.test(readSource(file)));
    expect(found).toEqual([]);
  });
});
