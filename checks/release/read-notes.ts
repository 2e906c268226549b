import { existsSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages, ROOT, readSource } from "../../scripts/workspace.ts";
import { releaseNotes } from "./notes.ts";

/** The version of the workspace's packages (they share one) and its notes. Throws when it has none. */
export function readNotes(): { readonly version: string; readonly notes: string } {
  const published = publishedPackages();
  const version = published[0]?.manifest.version ?? "";
  const changelogs = published
    .map(({ folder, manifest }) => ({ name: manifest.name, file: `${folder}/CHANGELOG.md` }))
    .filter(({ file }) => existsSync(join(ROOT, file)))
    .map(({ name, file }) => ({ name, text: readSource(file) }));
  return { version, notes: releaseNotes(changelogs, version) };
}
