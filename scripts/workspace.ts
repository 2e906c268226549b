import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository as data, for the checks that look at all of it. */

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly files?: readonly string[];
  readonly exports?: unknown;
  readonly bin?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: unknown; readonly bin?: Readonly<Record<string, string>> };
  readonly engines?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** `packages/core`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

export function workspacePackages(): WorkspacePackage[] {
  const folders = ["packages", "apps", "apps/examples"]
    .filter((parent) => existsSync(join(ROOT, parent)))
    .flatMap((parent) =>
      readdirSync(join(ROOT, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${parent}/${entry.name}`),
    )
    .filter((folder) => existsSync(join(ROOT, folder, "package.json")));
  return folders.map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as Manifest,
  }));
}

/** What npm gets: they share one version. */
export function publishedPackages(): WorkspacePackage[] {
  return workspacePackages().filter(({ manifest }) => manifest.private !== true);
}

/** A package that translates core's tools for a framework: core is its dependency, and the framework its peer. */
export function isAdapter({ manifest }: { readonly manifest: Manifest }): boolean {
  return (
    Object.keys(manifest.dependencies ?? {}).join() === "@keybrake/core" &&
    Object.keys(manifest.peerDependencies ?? {}).length === 1
  );
}

/** TypeScript files under a folder, relative to the root; generated ones and dependencies left out. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !/\/(node_modules|dist|generated)\//.test(file));
}

/** Tests and what only they use: left out of every build. */
export function isTest(file: string): boolean {
  return file.endsWith(".test.ts") || file.endsWith("/test-support.ts");
}

/** The sources of every package and app, without their tests. */
export function shippedFiles(): string[] {
  return workspacePackages()
    .flatMap(({ folder }) => sourceFiles(`${folder}/src`))
    .filter((file) => !isTest(file));
}

export function readSource(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
