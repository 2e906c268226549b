import type { Manifest } from "../../scripts/workspace.ts";

/** A package as it would be published: bytes of the download, and of what it becomes when it is unpacked. */
export interface Published {
  readonly name: string;
  readonly version: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly files: number;
}

/** What the part of the dry run inside the clone found: everything was tried, and nothing was published. */
export interface Tried {
  readonly publish: readonly Published[];
  readonly notes: string;
  readonly problems: readonly string[];
}

type Versions = Pick<Manifest, "name" | "version" | "dependencies" | "peerDependencies">;

/**
 * Our packages are made for each other: all have the version of the release, and ask for exactly that one of each other.
 * Anything else would install two cores, whose runs and keys do not know each other.
 */
export function versionProblems(manifests: readonly Versions[], version: string): string[] {
  const ours = new Set(manifests.map(({ name }) => name));
  return manifests.flatMap((manifest) => {
    const asked = Object.entries({ ...manifest.peerDependencies, ...manifest.dependencies });
    const wrong = asked.filter(([name, range]) => ours.has(name) && range !== version);
    return [
      ...(manifest.version === version ? [] : [`${manifest.name} has ${manifest.version}, not ${version}`]),
      ...wrong.map(([name, range]) => `${manifest.name} asks for ${name} ${range}, not ${version}`),
    ];
  });
}
