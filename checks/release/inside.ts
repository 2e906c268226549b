/**
 * `node checks/release/inside.ts <report.json>`: the part of the dry run that runs in the clone, once it has its new
 * versions and is built. Writes a `Tried` to the file; what it prints is progress.
 */
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkGovernedCall } from "../check-installed.ts";
import { checkPublishing } from "../check-release.ts";
import { checkBudgets } from "../packages/budgets.ts";
import { checkShape } from "../packages/shape.ts";
import { type Tarball, withTarballs } from "../packages/tarballs.ts";
import { type Published, type Tried, versionProblems } from "./plan.ts";
import { readNotes } from "./read-notes.ts";

async function describe({ name, manifest, file, folder, entries }: Tarball): Promise<Published> {
  const sizes = await Promise.all(entries.map(async (entry) => (await stat(join(folder, entry))).size));
  return {
    name,
    version: manifest.version ?? "",
    packedBytes: (await stat(file)).size,
    unpackedBytes: sizes.reduce((sum, size) => sum + size, 0),
    files: entries.length,
  };
}

const [file = ""] = process.argv.slice(2);
const { version, notes } = readNotes();
const publish: Published[] = [];
const problems = await withTarballs(async (tarballs) => {
  publish.push(...(await Promise.all(tarballs.map(describe))));
  const manifests = tarballs.map(({ manifest }) => manifest);
  return [
    ...versionProblems(manifests, version),
    ...(await checkShape(tarballs)),
    ...(await checkBudgets(tarballs)),
    ...(await checkPublishing(tarballs)),
    ...(await checkGovernedCall(tarballs)),
  ];
});
await writeFile(file, JSON.stringify({ publish, notes, problems } satisfies Tried));
