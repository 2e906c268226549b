import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ROOT } from "../../scripts/workspace.ts";
import { inParallel, problemsOf, run } from "./command.ts";
import type { Tarball } from "./tarballs.ts";

const ALWAYS = ["LICENSE", "README.md", "package.json"];
/** What a source becomes: JavaScript and its types. No maps: they would point at sources that are not packed. */
const OUTPUT = /^dist\/(.+)\.(js|d\.ts)$/;

/** The pages of the dashboard, as its own build has left them, are the proxy's. */
const PAGES = { of: "packages/proxy", at: "dist/app/", from: "apps/dashboard/dist" };

/** Read as they are: the descriptions of vendors, and what editors know of `keybrake.yaml`. */
const DATA: Readonly<Record<string, RegExp>> = {
  "packages/proxy": /^vendors\/[a-z0-9-]+\.yaml$/,
  "apps/cli": /^keybrake\.schema\.json$/,
};

function isData(entry: string, folder: string): boolean {
  return DATA[folder]?.test(entry) === true;
}

function isPage(entry: string, folder: string): boolean {
  if (folder !== PAGES.of || !entry.startsWith(PAGES.at)) return false;
  return existsSync(join(ROOT, PAGES.from, entry.slice(PAGES.at.length)));
}

function unexpectedFiles({ entries, source }: Tarball): string[] {
  return entries.filter((entry) => {
    if (ALWAYS.includes(entry) || isPage(entry, source.folder) || isData(entry, source.folder)) return false;
    const name = OUTPUT.exec(entry)?.[1];
    if (name === undefined || /\.test$|(^|\/)test-support$/.test(name)) return true;
    // What an earlier build left behind has no source any more.
    return !existsSync(join(ROOT, source.folder, "src", `${name}.ts`));
  });
}

async function brokenImports({ folder, entries }: Tarball): Promise<string[]> {
  const broken: string[] = [];
  for (const entry of entries.filter((name) => name.endsWith(".js"))) {
    const code = await readFile(join(folder, entry), "utf8");
    if (code.includes("sourceMappingURL")) broken.push(`${entry} refers to a map`);
    for (const [, target = ""] of code.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
      if (!existsSync(join(folder, dirname(entry), target))) broken.push(`${entry} → ${target}`);
    }
  }
  return broken;
}

/** What nobody's machine or account may leave in a package. A test key of the emulator (`sk_test_`) is nobody's. */
const FOREIGN: readonly (readonly [string, RegExp])[] = [
  ["a live key", /\b[sr]k_live_[A-Za-z0-9]{16}/],
  ["a token of npm", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
];

async function foreignTexts({ folder, entries }: Tarball): Promise<string[]> {
  const found: string[] = [];
  for (const entry of entries) {
    const text = await readFile(join(folder, entry), "utf8");
    if (text.includes(ROOT)) found.push(`${entry} names a folder of this machine`);
    for (const [what, pattern] of FOREIGN) if (pattern.test(text)) found.push(`${entry} has ${what}`);
  }
  return found;
}

async function checkContent(tarball: Tarball): Promise<void> {
  const missing = [...ALWAYS, tarball.manifest.bin === undefined ? "dist/index.js" : "dist/main.js"];
  const text = JSON.stringify(tarball.manifest);
  const problems = [
    ...missing.filter((name) => !tarball.entries.includes(name)).map((name) => `${name} is missing`),
    ...unexpectedFiles(tarball).map((name) => `${name} does not belong here (stale? run a clean build)`),
    ...(await brokenImports(tarball)),
    ...(await foreignTexts(tarball)),
    ...["workspace:", "catalog:", "./src/"]
      .filter((left) => text.includes(left))
      .map((left) => `${left} left`),
  ];
  if (problems.length > 0) throw new Error(problems.join("\n  "));
}

/** Content of every tarball, then publint and are-the-types-wrong on it. */
export async function checkShape(tarballs: readonly Tarball[]): Promise<string[]> {
  const binary = (name: string) => join(ROOT, "checks/node_modules/.bin", name);
  const found = await inParallel(tarballs, 2, async (tarball) => {
    const { name, file, manifest } = tarball;
    return [
      ...(await problemsOf(`content of ${name}`, () => checkContent(tarball))),
      ...(await problemsOf(`publint ${name}`, () => run(binary("publint"), ["--strict", file]))),
      // A command has no types to be wrong.
      ...(manifest.bin === undefined
        ? await problemsOf(`attw ${name}`, () => run(binary("attw"), [file, "--profile", "esm-only"]))
        : []),
    ];
  });
  return found.flat();
}
