/**
 * Published packages as their users have them: tarballs installed with plain npm into empty projects, type-checked
 * and used from there. Needs a build and the npm registry.
 */
import { join } from "node:path";
import { isAdapter, ROOT } from "../scripts/workspace.ts";
import { inParallel, problemsOf, report, say } from "./packages/command.ts";
import { importTimes } from "./packages/import-time.ts";
import { type NodeBinary, supportedNodes } from "./packages/nodes.ts";
import { addProgram, namesBroughtBy, type Project, withProject } from "./packages/project.ts";
import { type Tarball, withOurDependencies, withTarballs } from "./packages/tarballs.ts";
import { OLDER_TYPESCRIPT, typeCheck } from "./packages/type-check.ts";

interface Tools {
  readonly tarballs: readonly Tarball[];
  readonly nodes: readonly NodeBinary[];
  /** `tsc` of the older TypeScript. */
  readonly olderTsc: string;
}

interface Case {
  readonly name: string;
  /** What is installed beside our tarballs. */
  readonly beside: readonly string[];
  /** What may be there beside ours and what `beside` brings; undefined means anything. */
  readonly allowed?: readonly string[];
  readonly nodes: readonly NodeBinary[];
  /** Whether the older TypeScript reads the types as well. */
  readonly olderTypes: boolean;
  /** What else is tried there; answers with lines to print. */
  readonly after?: (project: Project) => Promise<string[]>;
}

const shortName = (name: string) => name.replace("@keybrake/", "");

async function checkContents(project: Project, { beside, allowed }: Case, ours: readonly string[]) {
  const contents = await project.contents();
  const zod = (contents.get("zod") ?? []).join(" and ");
  if (allowed === undefined) return `${contents.size} packages`;
  const expected = beside.length === 0 ? new Set<string>() : await namesBroughtBy(beside);
  const more = [...contents.keys()].filter(
    (name) => !expected.has(name) && !ours.includes(name) && !allowed.includes(name),
  );
  if (more.length > 0) throw new Error(`npm install brought more than it should: ${more.join(", ")}`);
  const peer = beside[0]?.replace(/(.)@.*/, "$1");
  const others = contents.size - ours.length - (peer === undefined ? 1 : 2);
  return [
    ...ours,
    `zod ${zod}`,
    ...(peer === undefined ? [] : [`${peer} ${contents.get(peer)?.[0]} with ${others} dependencies`]),
  ].join(", ");
}

/** One project from empty to used; answers with what went wrong. */
function tryCase(tried: Case, { tarballs, olderTsc }: Tools): Promise<string[]> {
  const what = [tried.name, ...tried.beside].join(" with ");
  return problemsOf(what, () =>
    withProject(async (project) => {
      const ours = withOurDependencies(tried.name, tarballs);
      await project.install([...ours.map(({ file }) => file), ...tried.beside]);
      const names = ours.map(({ name }) => name);
      const lines = [`${what}: installed ${await checkContents(project, tried, names)}`];
      await addProgram(project, join(ROOT, "checks/installed", `${shortName(tried.name)}.mjs`));
      await typeCheck(project);
      if (tried.olderTypes) await typeCheck(project, olderTsc);
      lines.push(`  types: ok with TypeScript 7${tried.olderTypes ? " and 5.9" : ""}`);
      for (const node of tried.nodes)
        lines.push(`  node ${node.version}: ${(await project.run(node.path, ["use.mjs"])).trim()}`);
      lines.push(...((await tried.after?.(project)) ?? []));
      for (const line of lines) say(line);
    }),
  );
}

/** The lowest version that a range takes is the one it is written with. */
function lowest(range: string): string {
  const [version] = /\d+\.\d+\.\d+/.exec(range) ?? [];
  if (version === undefined) throw new Error(`the range ${range} has no lowest version`);
  return version;
}

function adapterCases({ tarballs, nodes }: Tools): Case[] {
  return tarballs.filter(isAdapter).flatMap(({ name, manifest }) =>
    Object.entries(manifest.peerDependencies ?? {}).flatMap(([peer, range]) =>
      [lowest(range), range].map((version) => ({
        name,
        beside: [`${peer}@${version}`],
        allowed: ["zod"],
        nodes,
        olderTypes: version !== range,
      })),
    ),
  );
}

async function importTimeLines(project: Project, nodes: readonly NodeBinary[]): Promise<string[]> {
  const lines: string[] = [];
  for (const { path, version } of nodes) {
    const { zod, core } = await importTimes(project, path);
    const [own, base, both] = [core - zod, zod, core].map((time) => `${time.toFixed(1)} ms`);
    lines.push(
      `  node ${version}: import of core takes ${own} over zod's own (${both}, ${base}); target 30 ms`,
    );
  }
  return lines;
}

async function tryCommand(project: Project): Promise<string[]> {
  const keybrake = (...args: string[]) => project.run("npx", ["--no-install", "keybrake", ...args]);
  const version = (await keybrake("--version")).trim();
  const roles = await keybrake("roles", "--json");
  if (!JSON.stringify(JSON.parse(roles)).includes("create_charge")) throw new Error(`roles --json: ${roles}`);
  return [`  npx keybrake --version: ${version}; roles --json: ok`];
}

/** `@types/node` is what a Node project has: the server side's types need it. */
function commandCase({ nodes }: Tools): Case {
  return {
    name: "keybrake",
    beside: ["@types/node@24"],
    nodes: nodes.slice(0, 1),
    olderTypes: true,
    after: tryCommand,
  };
}

function withTools(
  tarballs: readonly Tarball[],
  check: (tools: Tools) => Promise<string[]>,
): Promise<string[]> {
  return withProject(async (older) => {
    await older.install([OLDER_TYPESCRIPT]);
    const nodes = await supportedNodes();
    return check({ tarballs, nodes, olderTsc: join(older.folder, "node_modules/.bin/tsc") });
  });
}

/** The command, proxy, ledger and emulator alone: installed, type-checked, and a governed charge. Answers with what went wrong. */
export function checkGovernedCall(tarballs: readonly Tarball[]): Promise<string[]> {
  return withTools(tarballs, (tools) => tryCase(commandCase(tools), tools));
}

/** Answers with what went wrong. */
export function checkInstalled(tarballs: readonly Tarball[]): Promise<string[]> {
  return withTools(tarballs, async (tools) => {
    const { nodes } = tools;
    if (nodes.length === 1) say("this machine has no Node 20 or 22 beside this one: not tried there");
    const cases: Case[] = [
      ...adapterCases(tools),
      commandCase(tools),
      {
        name: "@keybrake/contract",
        beside: ["vitest@^5.0.0", "@types/node@24"],
        nodes: [],
        olderTypes: true,
      },
    ];
    const problems = (await inParallel(cases, 2, (tried) => tryCase(tried, tools))).flat();
    // Alone at the end: nothing else runs while it measures.
    const core: Case = {
      name: "@keybrake/core",
      beside: [],
      allowed: ["zod"],
      nodes,
      olderTypes: true,
      after: (project) => importTimeLines(project, nodes),
    };
    return [...problems, ...(await tryCase(core, tools))];
  });
}

if (import.meta.main) report(await withTarballs(checkInstalled));
