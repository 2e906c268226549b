import { builtinModules } from "node:module";
import { describe, expect, test } from "vitest";
import { importsOf } from "./tidy/imports.ts";
import {
  isAdapter,
  isTest,
  readSource,
  shippedFiles,
  sourceFiles,
  type WorkspacePackage,
  workspacePackages,
} from "./workspace.ts";

const packages = workspacePackages();
const published = packages.filter(({ manifest }) => manifest.private !== true);
const adapters = packages.filter(isAdapter);

/** Which of our packages each may use at run time, but for adapters and examples. Arrows point one way. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "@keybrake/core": [],
  "@keybrake/ledger": [],
  "@keybrake/stripe-emulator": [],
  "@keybrake/mcp": ["@keybrake/core"],
  "@keybrake/contract": [
    "@keybrake/core",
    "@keybrake/ledger",
    "@keybrake/proxy",
    "@keybrake/stripe-emulator",
  ],
  // The emulator for `start-proxy.ts` alone, which loads it only when it is wanted.
  "@keybrake/proxy": ["@keybrake/core", "@keybrake/ledger", "@keybrake/mcp", "@keybrake/stripe-emulator"],
  "@keybrake/python": ["keybrake"],
  "@keybrake/bench": [...adapters.map(({ manifest }) => manifest.name), "keybrake", "@keybrake/contract"],
  keybrake: ["@keybrake/core", "@keybrake/mcp", "@keybrake/proxy", "@keybrake/stripe-emulator"],
  "@keybrake/dashboard": ["@keybrake/core"],
  "@keybrake/demo": ["@keybrake/ai-sdk", "@keybrake/core", "@keybrake/proxy"],
  "@keybrake/example-shared": ["@keybrake/core", "@keybrake/proxy"],
};

/** Adapters never meet; an example uses one. */
function allowedTo(entry: WorkspacePackage): readonly string[] | undefined {
  if (isAdapter(entry)) return ["@keybrake/core"];
  const isExample = entry.folder.startsWith("apps/examples/") && !(entry.manifest.name in ALLOWED);
  if (!isExample) return ALLOWED[entry.manifest.name];
  return ["@keybrake/core", "@keybrake/example-shared", ...adapters.map(({ manifest }) => manifest.name)];
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
      // What editors read beside the command, at a path that stays.
      const schema = folder === "apps/cli" ? ["keybrake.schema.json"] : [];
      // Of vendors, for people to copy.
      const descriptions = folder === "packages/proxy" ? ["vendors"] : [];
      expect(manifest.files).toEqual(["dist", ...schema, ...descriptions, "README.md"]);
      expect(manifest.description).toBeTruthy();
      expect(manifest.engines?.node).toMatch(/^>=(20|24)$/);
      expect(readSource(`${folder}/README.md`).length).toBeGreaterThan(200);
      if (manifest.bin === undefined) {
        // A subpath is a folder with an index of its own.
        const subpaths = Object.keys(manifest.exports ?? {});
        expect(subpaths[0]).toBe(".");
        const shaped = (folder: "src" | "dist", subpath: string, ending: string) =>
          `./${folder}${subpath.slice(1)}/index.${ending}`;
        const published = (subpath: string) => ({
          types: shaped("dist", subpath, "d.ts"),
          default: shaped("dist", subpath, "js"),
        });
        expect(manifest.exports).toEqual(
          Object.fromEntries(subpaths.map((s) => [s, shaped("src", s, "ts")])),
        );
        expect(manifest.publishConfig?.exports).toEqual(
          Object.fromEntries(subpaths.map((s) => [s, published(s)])),
        );
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
  test("every package is an adapter, an example or in the table, and the table names no other", () => {
    const unknown = packages.filter((entry) => allowedTo(entry) === undefined);
    expect(unknown.map(({ folder }) => folder)).toEqual([]);
    const names = packages.filter((entry) => !isAdapter(entry)).map(({ manifest }) => manifest.name);
    expect(Object.keys(ALLOWED).filter((name) => !names.includes(name))).toEqual([]);
  });

  test("adapters are told from other packages by what they depend on", () => {
    expect(adapters.length).toBeGreaterThanOrEqual(6);
    const manifest = { name: "@keybrake/made-up", dependencies: { "@keybrake/core": "workspace:*" } };
    expect(isAdapter({ manifest })).toBe(false);
    expect(isAdapter({ manifest: { ...manifest, peerDependencies: { ai: "^7.0.0" } } })).toBe(true);
  });

  test.each(packages.map((entry) => [entry.manifest.name, entry] as const))("%s", (_name, entry) => {
    const { folder, manifest } = entry;
    const allowed = allowedTo(entry) ?? [];
    const declared = Object.keys(manifest.dependencies ?? {}).filter(isOurs);
    expect(declared.filter((dependency) => !allowed.includes(dependency))).toEqual([]);
    // Nobody installs a private package: what only its own program needs may stand apart.
    const own = manifest.private === true ? manifest.devDependencies : {};
    const external = { ...manifest.dependencies, ...manifest.peerDependencies, ...own };
    for (const file of sourceFiles(`${folder}/src`)) {
      if (isTest(file)) continue;
      for (const specifier of importsOf(readSource(file), file)) {
        if (specifier.startsWith(".")) {
          expect(specifier, `${file} imports with an extension`).toMatch(/\.(tsx?|json)$/);
          continue;
        }
        if (specifier.startsWith("node:")) continue;
        expect(Object.keys(external), `${file} imports ${specifier}, which is not declared`).toContain(
          packageOf(specifier),
        );
      }
    }
  });
});

describe("portability", () => {
  const builtins = new Set(builtinModules);

  test.each(["packages/core", ...adapters.map(({ folder }) => folder)])(
    "%s imports no Node built-in",
    (folder) => {
      for (const file of sourceFiles(`${folder}/src`)) {
        if (isTest(file)) continue;
        const specifiers = importsOf(readSource(file), file);
        const node = specifiers.filter((name) => name.startsWith("node:") || builtins.has(name));
        expect(node, file).toEqual([]);
      }
    },
  );
});

describe("size", () => {
  /** Files that have a reason to be long. A file leaves this list; it does not come onto it lightly. */
  const LONG: readonly string[] = [];

  test("no source file has more than 300 lines", () => {
    const long = shippedFiles()
      .filter((file) => !LONG.includes(file))
      .filter((file) => readSource(file).split("\n").length > 300);
    expect(long).toEqual([]);
  });

  test.each(adapters.map(({ folder }) => folder))("adapter %s has at most 150 lines", (folder) => {
    const files = sourceFiles(`${folder}/src`).filter((file) => !isTest(file));
    const lines = files
      .map((file) => readSource(file).split("\n").length)
      .reduce((sum, count) => sum + count, 0);
    expect(lines).toBeLessThanOrEqual(150);
  });
});

describe("vendors", () => {
  const folder = "packages/proxy/src";
  /** Of a file or an import: the vendor whose folder it is in. */
  const vendorOf = (path: string) => /(?:^|\/)vendors\/([\w-]+)\//.exec(path)?.[1];
  const vendors = [...new Set(sourceFiles(`${folder}/vendors`).flatMap((file) => vendorOf(file) ?? []))];
  const shipped = sourceFiles(folder).filter((file) => !isTest(file));
  const named = new RegExp(vendors.join("|"), "i");

  test("there are some", () => {
    expect(vendors).toContain("stripe");
    // As paths may name them: `accountAt`.
    expect(vendorOf("../vendors/pay-by-mail/index.ts")).toBe("pay-by-mail");
    expect(vendorOf("../vendors/vendor.ts")).toBeUndefined();
  });

  test("only proxy.ts names one", () => {
    const outside = shipped.filter((file) => !file.startsWith(`${folder}/vendors/`));
    const naming = outside.filter((file) =>
      importsOf(readSource(file), file).some((specifier) => vendorOf(specifier) !== undefined),
    );
    expect(naming).toEqual([`${folder}/proxy.ts`]);
  });

  test("none knows another", () => {
    for (const file of shipped.filter((each) => each.startsWith(`${folder}/vendors/`))) {
      const own = vendorOf(file);
      const others = vendors.filter((vendor) => vendor !== own);
      const specifiers = importsOf(readSource(file), file);
      expect(
        specifiers.filter((name) => others.some((other) => name.includes(`/${other}/`))),
        file,
      ).toEqual([]);
    }
  });

  test("the way of a call has no vendor's name in code or text", () => {
    const withoutComments = (source: string) =>
      source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/ .*$/gm, "");
    const way = shipped.filter((file) => file.startsWith(`${folder}/call/`));
    expect(way.length).toBeGreaterThan(10);
    expect(way.filter((file) => named.test(withoutComments(readSource(file))))).toEqual([]);
  });
});

describe("banned in shipped code", () => {
  const shipped = shippedFiles();

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
