/**
 * The release without releasing: `changeset status` and `changeset version` on a copy of the repository, then
 * `npm publish --dry-run` of every tarball. Nothing is published, and no login is needed. Needs a build.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Manifest, ROOT } from "../scripts/workspace.ts";
import { inParallel, problemsOf, report, run, say } from "./packages/command.ts";
import { type Tarball, withTarballs } from "./packages/tarballs.ts";

/** The files that Git knows or would add, as they are now, committed as the main branch of a new repository. */
async function copyRepository(folder: string): Promise<void> {
  const listed = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
  });
  for (const file of new Set(listed.split("\0").filter((name) => name !== ""))) {
    const source = join(ROOT, file);
    // Deleted, but not yet committed.
    if (!(await stat(source).catch(() => undefined))?.isFile()) continue;
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(source, join(folder, file));
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=release", "-c", "user.email=release@localhost", ...args], { cwd: folder });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("commit", "--quiet", "--no-verify", "--message=copy");
}

async function tryVersions(tarballs: readonly Tarball[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-release-"));
  const changeset = (command: string) =>
    run(join(ROOT, "checks/node_modules/.bin/changeset"), [command], { cwd: folder });
  try {
    await copyRepository(folder);
    const pending = (await readdir(join(folder, ".changeset"))).filter((name) => name.endsWith(".md"));
    await changeset("status");
    if (pending.length === 0) return say("changeset version: nothing to release");
    await changeset("version");
    const manifests = await Promise.all(
      tarballs.map(async ({ source, manifest }) => {
        const text = await readFile(join(folder, source.folder, "package.json"), "utf8");
        await stat(join(folder, source.folder, "CHANGELOG.md"));
        return { before: manifest.version, after: (JSON.parse(text) as Manifest).version };
      }),
    );
    const versions = new Set(manifests.map(({ after }) => after));
    const [next] = versions;
    if (versions.size !== 1)
      throw new Error(`packages do not share one version: ${[...versions].join(", ")}`);
    if (manifests.some(({ before }) => before === next)) throw new Error(`the version stays ${next}`);
    const left = (await readdir(join(folder, ".changeset"))).filter((name) => name.endsWith(".md"));
    if (left.length > 0) throw new Error(`changesets were not used: ${left.join(", ")}`);
    say(`changeset version: ${manifests.length} packages → ${next}, with a changelog each`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `npm publish --dry-run` of every tarball. Answers with what went wrong. */
export async function checkPublishing(tarballs: readonly Tarball[]): Promise<string[]> {
  const publishing = await inParallel(tarballs, 3, ({ name, file }) =>
    problemsOf(`npm publish --dry-run of ${name}`, () =>
      run("npm", ["publish", "--dry-run", "--access", "public", "--tag", "latest", "--loglevel=error", file]),
    ),
  );
  say(`npm publish --dry-run: ${publishing.filter((found) => found.length === 0).length} packages ok`);
  return publishing.flat();
}

/** Answers with what went wrong. */
export async function checkRelease(tarballs: readonly Tarball[]): Promise<string[]> {
  const problems = await problemsOf("release", () => tryVersions(tarballs));
  return [...problems, ...(await checkPublishing(tarballs))];
}

if (import.meta.main) report(await withTarballs(checkRelease));
