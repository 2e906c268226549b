import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type Manifest, publishedPackages, ROOT, type WorkspacePackage } from "../../scripts/workspace.ts";
import { inParallel, problemsOf, run } from "./command.ts";

/** A published package as npm would get it. */
export interface Tarball {
  readonly name: string;
  readonly source: WorkspacePackage;
  readonly file: string;
  /** Where its content was unpacked to. */
  readonly folder: string;
  /** The manifest inside, after pnpm applied `publishConfig` and wrote versions for `workspace:` and `catalog:`. */
  readonly manifest: Manifest;
  /** Paths of all files inside, sorted. */
  readonly entries: readonly string[];
}

async function pack(source: WorkspacePackage, folder: string): Promise<Tarball> {
  const own = join(folder, source.manifest.name.replace("/", "-"));
  await mkdir(own);
  await run("npx", ["-y", "pnpm@10", "pack", "--pack-destination", own], { cwd: join(ROOT, source.folder) });
  const [tarball] = await readdir(own);
  if (tarball === undefined) throw new Error(`${source.manifest.name}: pnpm packed nothing`);
  const file = join(own, tarball);
  await run("tar", ["-xzf", file, "-C", own]);
  const unpacked = join(own, "package");
  const found = await readdir(unpacked, { recursive: true, withFileTypes: true });
  const entries = found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(unpacked, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
  const manifest = JSON.parse(await readFile(join(unpacked, "package.json"), "utf8")) as Manifest;
  return { name: manifest.name, source, file, folder: unpacked, manifest, entries };
}

/**
 * Packs every published package into a temporary folder, which is removed at the end, and gives the tarballs to
 * `check`. Needs a build. Answers with what went wrong, in packing and in the check.
 */
export async function withTarballs(
  check: (tarballs: readonly Tarball[]) => Promise<string[]>,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-pack-"));
  try {
    const tarballs: Tarball[] = [];
    const problems = await inParallel(publishedPackages(), 3, (source) =>
      problemsOf(`packing ${source.manifest.name}`, async () => {
        tarballs.push(await pack(source, folder));
      }),
    );
    tarballs.sort((a, b) => a.name.localeCompare(b.name));
    return [...problems.flat(), ...(await check(tarballs))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tarballs of a package and of all of ours that it depends on. */
export function withOurDependencies(name: string, tarballs: readonly Tarball[]): Tarball[] {
  const found = new Map<string, Tarball>();
  const add = (wanted: string) => {
    const tarball = tarballs.find((candidate) => candidate.name === wanted);
    if (tarball === undefined || found.has(wanted)) return;
    found.set(wanted, tarball);
    for (const dependency of Object.keys(tarball.manifest.dependencies ?? {})) add(dependency);
  };
  add(name);
  return [...found.values()];
}
