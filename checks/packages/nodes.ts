import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./command.ts";

export interface NodeBinary {
  readonly path: string;
  /** `v20.20.2`. */
  readonly version: string;
}

/** This script's Node, and the oldest supported one that the machine has beside it (20 or 22), if any. */
export async function supportedNodes(): Promise<readonly NodeBinary[]> {
  const own: NodeBinary = { path: process.execPath, version: process.version };
  const candidates = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .filter((path) => !path.includes("node_modules") && existsSync(path))
    .map((path) => realpathSync(path));
  for (const path of new Set(candidates)) {
    const version = (await run(path, ["--version"]).catch(() => "")).trim();
    if (/^v2[0-3]\./.test(version)) return [own, { path, version }];
  }
  return [own];
}
