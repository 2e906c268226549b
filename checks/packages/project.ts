import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { run } from "./command.ts";

/** An empty project of a user, with nothing of this workspace in reach. */
export interface Project {
  readonly folder: string;
  /** `npm install` of the arguments, as a user types it. */
  install(packages: readonly string[]): Promise<void>;
  /** Every installed package's name with its versions; nested copies count. */
  contents(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Runs a program of the project's `node_modules/.bin` or of the machine. */
  run(file: string, args: readonly string[]): Promise<string>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

async function readLock(file: string): Promise<Map<string, string[]>> {
  const { packages } = JSON.parse(await readFile(file, "utf8")) as Lock;
  const found = new Map<string, string[]>();
  for (const [path, { version = "" }] of Object.entries(packages)) {
    const name = path.split("node_modules/").at(-1);
    // The first entry is the project itself.
    if (name !== undefined && path !== "") found.set(name, [...(found.get(name) ?? []), version]);
  }
  return found;
}

// The user's npm cache makes the second run quick; Node 24 of this script comes first in PATH.
const NPM_FLAGS = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), CI: "true" };

/** A new empty project, removed at the end. */
export async function withProject<R>(work: (project: Project) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-use-"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  try {
    return await work({
      folder,
      install: async (packages) => {
        await run("npm", ["install", ...NPM_FLAGS, ...packages], { cwd: folder, env });
      },
      contents: () => readLock(join(folder, "node_modules/.package-lock.json")),
      run: (file, args) => run(file, args, { cwd: folder, env }),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The names that `npm install` of these packages would bring; nothing is downloaded but manifests. */
export function namesBroughtBy(packages: readonly string[]): Promise<ReadonlySet<string>> {
  return withProject(async ({ folder }) => {
    await run("npm", ["install", "--package-lock-only", ...NPM_FLAGS, ...packages], { cwd: folder, env });
    return new Set((await readLock(join(folder, "package-lock.json"))).keys());
  });
}

/** Copies a program of a user into a project. */
export async function addProgram(project: Project, source: string): Promise<void> {
  await mkdir(project.folder, { recursive: true });
  await cp(source, join(project.folder, "use.mjs"));
}
