/**
 * What a release says of itself: the newest section of every package's changelog as one page. A change of several
 * packages is in the changelog of each; here it stands once, with the packages' names.
 */

export interface Changelog {
  readonly name: string;
  readonly text: string;
}

/** Headings as changesets writes them, in this order. */
const KINDS = ["Major Changes", "Minor Changes", "Patch Changes"] as const;

/** The entries of one version, by kind. What is not of the version asked for, and lists of raised dependencies, are left out. */
function entriesOf(text: string, version: string): ReadonlyMap<string, readonly string[]> {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${version}\n`)) ?? "";
  const kinds = section.split(/^### /m).slice(1);
  return new Map(
    kinds.map((part) => {
      const [kind = "", ...rest] = part.split("\n");
      const entries = rest
        .join("\n")
        .split(/^- /m)
        .map((entry) => entry.trim())
        .filter((entry) => entry !== "" && !entry.startsWith("Updated dependencies"));
      return [kind.trim(), entries];
    }),
  );
}

/** Without the commit that changesets puts before a change. */
function withoutCommit(entry: string): string {
  return entry.replace(/^[0-9a-f]{7,40}: /, "");
}

/** Markdown. Throws when no changelog has an entry for the version: a release that says nothing is a mistake. */
export function releaseNotes(changelogs: readonly Changelog[], version: string): string {
  const sections = KINDS.flatMap((kind) => {
    const packagesOf = new Map<string, string[]>();
    for (const { name, text } of changelogs)
      for (const entry of entriesOf(text, version).get(kind) ?? []) {
        const change = withoutCommit(entry);
        packagesOf.set(change, [...(packagesOf.get(change) ?? []), name]);
      }
    if (packagesOf.size === 0) return [];
    const lines = [...packagesOf].map(([change, names]) => `- ${change}\n\n  (${names.join(", ")})`);
    return [`## ${kind}\n\n${lines.join("\n\n")}`];
  });
  if (sections.length === 0) throw new Error(`no changelog has an entry for ${version}`);
  return `${sections.join("\n\n")}\n`;
}
