/** As much of a Dockerfile as ours uses, and its instructions performed without Docker. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** One stage: what it begins with, and what is done then. */
export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export function parseDockerfile(text: string): readonly Stage[] {
  const joined = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n\s*/g, " ");
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of joined.split("\n").filter((each) => each.trim() !== "")) {
    const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === "") throw new Error(`not an instruction: ${line}`);
    if (name === "FROM") {
      const [, from = "", as = ""] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      stages.push({ name: as, from, instructions: [] });
    } else stages.at(-1)?.instructions.push({ name, text: rest });
  }
  return stages;
}

/** What the last stage leaves: its root, its settings, and what it runs. */
export interface Built {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cmd: readonly string[];
  readonly healthcheck: readonly string[];
  readonly user: string;
}

/** Performs the stages in folders of `folder`; `context` has what .dockerignore lets through. Throws what a build would say. */
export function build(
  stages: readonly Stage[],
  { context, folder, path }: { context: string; folder: string; path: string },
): Built {
  const roots = new Map<string, string>();
  let built: Built | undefined;
  for (const [index, stage] of stages.entries()) {
    const root = join(folder, `stage-${index}`);
    mkdirSync(root, { recursive: true });
    roots.set(stage.name, root);
    built = perform(stage, root, { context, roots, path });
  }
  if (built === undefined) throw new Error("no stage");
  return built;
}

interface Outside {
  readonly context: string;
  readonly roots: ReadonlyMap<string, string>;
  readonly path: string;
}

function perform({ instructions }: Stage, root: string, outside: Outside): Built {
  let workdir = "/";
  let user = "root";
  let cmd: string[] = [];
  let healthcheck: string[] = [];
  const env: Record<string, string> = {};
  for (const { name, text } of instructions) {
    if (name === "WORKDIR") {
      workdir = text;
      mkdirSync(join(root, workdir), { recursive: true });
    } else if (name === "ENV") {
      for (const [, key = "", value = ""] of text.matchAll(/(\S+?)=(\S+)/g)) env[key] = value;
    } else if (name === "COPY") copy(text, join(root, workdir), outside);
    else if (name === "RUN") run(text, root, workdir, outside);
    else if (name === "USER") user = text;
    else if (name === "CMD") cmd = JSON.parse(text);
    else if (name === "HEALTHCHECK") healthcheck = JSON.parse(text.slice(text.indexOf("[")));
    else if (name !== "VOLUME" && name !== "EXPOSE") throw new Error(`${name} is not known here`);
  }
  return { root, workdir, env, cmd, healthcheck, user };
}

function copy(text: string, target: string, { context, roots }: Outside): void {
  const [, from, source = "", to = ""] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(text) ?? [];
  const root = from === undefined ? context : roots.get(from);
  if (root === undefined) throw new Error(`COPY ${text}: there is no stage ${from}`);
  cpSync(join(root, source), join(target, to), { recursive: true, verbatimSymlinks: true });
}

/** Absolute paths of our own instructions are those of the stage. */
function run(text: string, root: string, workdir: string, { path }: Outside): void {
  const command = text.replace(/(?<=\s)\/data\b/g, `${root}/data`);
  const env = { ...process.env, PATH: path };
  const done = spawnSync("sh", ["-c", command], { cwd: join(root, workdir), env, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`RUN ${text}\n${done.stdout}${done.stderr}`);
}
