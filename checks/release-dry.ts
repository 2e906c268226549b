/**
 * `pnpm release:dry [--json]`: the whole release from a clean clone of what is committed, but for publishing. The clone
 * installs, gets its versions and changelogs, builds and packs; every tarball is checked and shown to npm
 * (`publish --dry-run`), and a project that has them from npm alone makes a governed charge. Needs the npm registry, and
 * no login. The repository that it is started in stays as it is. With `--json`, stdout is one JSON object.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/workspace.ts";
import { problemsOf, run } from "./packages/command.ts";
import type { Tried } from "./release/plan.ts";

/** Published beside the packages, one day. Said in every report, so that nobody takes them for tried. */
const LEFT_OUT = [
  "the Python package: there is none yet",
  "the container image: it is built from deploy/Dockerfile by whoever runs it, and nowhere published",
];

const { json } = parseArgs({ options: { json: { type: "boolean", default: false } } }).values;
const say = (line: string) => process.stderr.write(`${line}\n`);
const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1000);

/** One step in the clone; what it prints is progress. */
async function step(folder: string, command: string, args: readonly string[]): Promise<void> {
  say(`-- ${[command, ...args].join(" ")} (${seconds()} s)`);
  // The Node of this process first: the package manager itself may run on an older one.
  const child = spawn(command, [...args], {
    cwd: folder,
    env: { ...process.env, CI: "true" },
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")}: ended with ${code}`);
}

const git = (...args: string[]) => run("git", args, { cwd: ROOT });
/** What must be the same after as before. */
const state = async () => `${await git("rev-parse", "HEAD")}${await git("status", "--porcelain")}`;

async function tryRelease(clone: string): Promise<Tried & { readonly changesets: number }> {
  await git("clone", "--quiet", ROOT, clone);
  const pnpm = (...args: string[]) => step(clone, "npx", ["-y", "pnpm@10", ...args]);
  await pnpm("install", "--frozen-lockfile");
  const pending = (await readdir(join(clone, ".changeset"))).filter((name) => name.endsWith(".md"));
  // Without any, the versions are those of the commit: it is the one that is about to be published.
  if (pending.length > 0) await pnpm("release:version");
  const changed = await run("git", ["status", "--porcelain"], { cwd: clone });
  // Else the merge of the new versions would fail its own frozen install.
  if (changed.includes("pnpm-lock.yaml"))
    throw new Error("release:version changes the lockfile: install first");
  await pnpm("build");
  const report = join(clone, ".release-dry.json");
  await step(clone, process.execPath, ["checks/release/inside.ts", report]);
  const tried = JSON.parse(await readFile(report, "utf8")) as Tried;
  return { ...tried, changesets: pending.length };
}

const before = await state();
const uncommitted = before.split("\n").filter((line) => /^.. /.test(line)).length;
if (uncommitted > 0) say(`${uncommitted} changed files are not committed: they are not tried`);
const folder = await mkdtemp(join(tmpdir(), "keybrake-release-dry-"));
let tried: Awaited<ReturnType<typeof tryRelease>> = { publish: [], notes: "", problems: [], changesets: 0 };
const broken = await problemsOf("release:dry", async () => {
  tried = await tryRelease(join(folder, "clone"));
});
await rm(folder, { recursive: true, force: true });
const untouched =
  (await state()) === before
    ? []
    : ["release:dry: the repository is not as it was (was something committed or edited while it ran?)"];
const problems = [...broken, ...untouched, ...tried.problems];
const report = {
  ok: problems.length === 0,
  commit: before.split("\n")[0],
  version: tried.publish[0]?.version,
  changesets: tried.changesets,
  publish: tried.publish,
  notes: tried.notes,
  leftOut: LEFT_OUT,
  problems,
  seconds: seconds(),
};

if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else {
  for (const { name, version, packedBytes, unpackedBytes, files } of report.publish) {
    const sizes = `${String(packedBytes).padStart(8)} bytes packed, ${String(unpackedBytes).padStart(8)} unpacked`;
    console.log(`would publish ${`${name}@${version}`.padEnd(34)} ${sizes}, ${files} files`);
  }
  console.log(`with the notes of ${report.changesets} changesets: ${report.notes.split("\n").length} lines`);
  for (const left of LEFT_OUT) console.log(`not published: ${left}`);
  for (const problem of problems) console.error(`\nFAILED ${problem}`);
  console.log(`release:dry: ${report.ok ? "ok" : `${problems.length} FAILED`} (${report.seconds} s)`);
}
process.exitCode = report.ok ? 0 : 1;
